"""结算单: runs by which a bank's supervised account pays the producer, each with every amount that it took."""

from __future__ import annotations

from typing import Final

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Payout, SettlementRun
from marketplace.payments.rules.settlement import ITEM_TITLES, PAYOUT_TITLES, RUN
from marketplace.payments.schemas.settlements import SettlementListArgs
from marketplace.payments.service import settlement_reading
from marketplace.web.kit import Listing, Pages, choices, needs, render

pages: Final = Pages("producers_settlements", __name__, url_prefix="/producer/settlements")
TONES: Final = {"paid": "good", "refused": "bad", "failed": "bad"}


@pages.show("", needs("payments.settlements"))
def list_runs(session: Session, actor: Actor) -> Response:
    """Runs, newest first."""
    listing = Listing(SettlementListArgs)
    page = page_of(
        session,
        settlement_reading.runs_seen(
            actor, state=listing.args.get("state"), through_on=listing.args.get("through_on")
        ),
        keys=[SettlementRun.id],
        key_of=lambda row: [row.SettlementRun.id],
        args=listing.args,
        descending=True,
        scalars=False,
    )
    return render(
        "producers/settlements.html",
        fragment="results",
        listing=listing,
        page=page,
        states=RUN.titles,
        state_options=choices(RUN.titles),
        tones=TONES,
    )


@pages.show("/<number>", needs("payments.settlements"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """What a run took, order by order, and the payouts made of it."""
    run, _organisation = settlement_reading.read_run(session, actor, number)
    items = settlement_reading.items_of(session, run)
    rows = session.execute(
        select(SalesOrder.id, SalesOrder.number).where(SalesOrder.id.in_({one.order_id for one in items}))
    )
    numbers = dict(rows.all())
    payouts = session.execute(
        settlement_reading.payouts_seen(actor).where(Payout.run_id == run.id).order_by(Payout.id)
    ).all()
    return render(
        "producers/settlement.html",
        run=run,
        items=[(one, numbers[one.order_id]) for one in items],
        payouts=[row.Payout for row in payouts],
        states=RUN.titles,
        kinds=ITEM_TITLES,
        payout_states=PAYOUT_TITLES,
        tones=TONES,
    )
