"""订单: where an official's way down from a figure ends: one order with its returns, its photos and what it counts for.

No address of a delivery and no name of a private person is read here: neither is an official's.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import needs, signed_in
from marketplace.orders import service
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.history import event_title
from marketplace.orders.models import OrderReturn
from marketplace.orders.rules import INVOICE_TITLES, ORDER, PAYMENT, RETURN, RETURN_REASONS
from marketplace.orders.service.photos import may_look, photos_seen
from marketplace.orders.terms import METHOD_BY_CODE
from marketplace.statistics.dimension_titles import BUYER_KINDS
from marketplace.web.kit import Pages, label, render
from marketplace.web.kit import say as _

pages: Final = Pages("admin_orders", __name__, url_prefix="/admin/orders")
TONES: Final = {"cancelled": "quiet", "closed": "good", "evaluated": "good"}


@pages.show("/<number>", needs("orders.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One order as the two sides see it, without what is theirs alone; photos for whoever watches over a side's area."""
    picture = service.picture(session, actor, number)
    order = picture.order
    _order, standings, _entries = service.attribution_of(session, actor, number)
    is_person = order.buyer_kind == "individual"
    return render(
        "admin/orders/one.html",
        picture=picture,
        order=order,
        buyer=label(BUYER_KINDS[order.buyer_kind]) if is_person else order.buyer_name,
        standings=standings,
        returns=[(row, _reason(row)) for row in picture.returns],
        photos=picture.photos if may_look(actor, order) else (),
        history=[{"title": label(event_title(event.kind)), "at": event.at} for event in picture.events],
        method=METHOD_BY_CODE[order.payment_method],
        states=ORDER.titles,
        payments=PAYMENT.titles,
        invoices=INVOICE_TITLES,
        return_states=RETURN.titles,
        facts=FACT_TITLES,
        actors=ACTOR_TITLES,
        tones=TONES,
    )


# Auditors hold no permission over orders, so the service alone says who may look, as for the API's list.
@pages.show("/<number>/photos", signed_in())
def photos(session: Session, actor: Actor, number: str) -> Response:
    """The photos of an order alone: where a record of the audit trail leads who reads no orders."""
    return render("admin/orders/photos.html", number=number, photos=photos_seen(session, actor, number))


def _reason(row: OrderReturn) -> str:
    """A reason that was chosen, in the language of the request; else the words that were written."""
    chosen: Any = RETURN_REASONS.get(row.reason)
    return label(chosen) if chosen else row.reason or _("未填写")
