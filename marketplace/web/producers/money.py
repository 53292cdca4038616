"""Money of a producer: what it is owed and when, the payouts, the statement of a month; and what its sales did."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.service.earned import earned_of
from marketplace.catalogue.channels import channel_kind
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.http import page_of
from marketplace.core.http.fields import Period
from marketplace.core.http.paging import PageArgs
from marketplace.orders import service
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.sold import sold_by
from marketplace.payments.models import Payout
from marketplace.payments.rules.settlement import PAYOUT_TITLES
from marketplace.payments.service.owed import outlook_of
from marketplace.payments.service.settlement_reading import payouts_seen
from marketplace.payments.service.statements import newest_month_of, statement_of
from marketplace.web.kit import Listing, Pages, hats, label, needs, render
from marketplace.web.kit.shown import area_name

pages: Final = Pages("producers_money", __name__, url_prefix="/producer")


class StatementQuery(PageArgs):
    """The month."""

    period = Period(load_default=None)


@pages.show("/money", needs("payments.settlements"))
def money(session: Session, actor: Actor) -> Response:
    """The outlook, and the payouts, newest first."""
    listing = Listing(PageArgs)
    organisation_id = hats.organisation(actor)
    if organisation_id is None:
        raise NotFound
    page = page_of(
        session,
        payouts_seen(actor),
        keys=[Payout.id],
        key_of=lambda row: [row.Payout.id],
        args=listing.args,
        descending=True,
        scalars=False,
    )
    return render(
        "producers/money.html",
        fragment="results",
        listing=listing,
        page=page,
        outlook=outlook_of(session, actor, organisation_id),
        titles=PAYOUT_TITLES,
        month=newest_month_of(session, organisation_id),
    )


@pages.show("/statement", needs("payments.settlements"))
def statement(session: Session, actor: Actor) -> Response:
    """对账单 of a month: opening + movements = closing; as XLSX and PDF too."""
    listing = Listing(StatementQuery)
    organisation_id = hats.organisation(actor)
    if organisation_id is None:
        raise NotFound
    period = listing.args.get("period") or newest_month_of(session, organisation_id)
    return render(
        "producers/statement.html",
        listing=listing,
        period=period,
        shown=statement_of(session, actor, organisation_id, period),
        address=f"/api/v1/producer-money/statement?producer_id={organisation_id}&period={period}",
    )


@pages.show("/sales", needs("orders.read"))
def sales(session: Session, actor: Actor) -> Response:
    """What the sales did: for households by agreement, and what was counted by channel, product and the buyer's city."""
    waiting = select(func.count()).select_from(service.uncounted_orders(actor).subquery())
    return render(
        "producers/sales.html",
        earned=earned_of(session, actor, today()) if actor.may("agreements.read") else None,
        waiting=session.scalar(waiting),
        channels=[(label(channel_kind(one.key).title_zh), one) for one in sold_by(session, actor, "channel")],
        products=[(one.key, one) for one in sold_by(session, actor, "product")],
        areas=[(area_name(one.key), one) for one in sold_by(session, actor, "buyer_area")],
    )


@pages.show("/uncounted", needs("orders.read"))
def uncounted(session: Session, actor: Actor) -> Response:
    """Sold and not counted yet, oldest first: what each line lacks and who must act."""
    listing = Listing(PageArgs)
    page = page_of(
        session,
        service.uncounted_orders(actor),
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=listing.args,
    )
    return render(
        "producers/uncounted.html",
        fragment="results",
        listing=listing,
        page=page,
        rows=service.standings(session, page.items),
        facts=FACT_TITLES,
        actors=ACTOR_TITLES,
    )
