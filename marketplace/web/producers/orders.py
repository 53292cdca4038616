"""Orders of a producer: the list by what is to be done, one order, and its papers for packing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, today
from marketplace.core.http import page_of
from marketplace.core.http.fields import OneOf
from marketplace.core.http.paging import PageArgs
from marketplace.orders import service
from marketplace.orders.buying.service import parcels
from marketplace.orders.models import Contract, SalesOrder
from marketplace.orders.participation import MODES
from marketplace.orders.rules import CONTRACT, OPEN_CONTRACT, ORDER
from marketplace.orders.service import contracts, selling
from marketplace.orders.service.queries import OrderPicture
from marketplace.orders.terms import METHOD_BY_CODE
from marketplace.orders.titles import (
    EVENT_TITLES,
    INVOICE_TITLES,
    ORDER_TITLES,
    PAYMENT_TITLES,
    RETURN_TITLES,
)
from marketplace.web.kit import (
    Listing,
    Pages,
    all_rows,
    label,
    list_file,
    needs,
    note,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _
from marketplace.web.producers.waiting import orders_waiting

pages: Final = Pages("producers_orders", __name__, url_prefix="/producer/orders")

TONES: Final = {
    "placed": "warn",
    "confirmed": "info",
    "partly_shipped": "info",
    "evaluated": "good",
    "closed": "good",
    "cancelled": "quiet",
}
PURPOSE: Final = note("发货")


class SoldQuery(PageArgs):
    """What is to be done (a tab), or any state."""

    task = OneOf(tuple(selling.TASKS), load_default=None)
    state = OneOf(ORDER.states, load_default=None)


@pages.show("", needs("orders.read"))
def list_orders(session: Session, actor: Actor) -> Response:
    """The orders, newest first; as a file the same."""
    listing = Listing(SoldQuery)
    task = listing.args["task"]
    found = (
        selling.orders_for(actor, task) if task else service.orders_seen(actor, state=listing.args["state"])
    )
    if wanted_format():
        return _file(session, found)
    page = page_of(
        session,
        found,
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=listing.args,
        descending=True,
    )
    return render(
        "producers/orders.html",
        fragment="results",
        listing=listing,
        page=page,
        waiting=orders_waiting(session, actor),
        tasks=selling.TASK_TITLES,
        states=ORDER_TITLES,
        payments=PAYMENT_TITLES,
        tones=TONES,
    )


def _file(session: Session, found: Any) -> Response:
    headings = [_("订单号"), _("下单日"), _("采购单位"), _("金额(元)"), _("状态"), _("付款"), _("开票")]
    rows = [
        (
            order.number,
            day_of(order.placed_at).isoformat(),
            order.buyer_name,
            f"{order.total_fen / 100:.2f}",
            label(ORDER_TITLES[order.state]),
            label(PAYMENT_TITLES[order.payment_state]),
            label(INVOICE_TITLES[order.invoice_state]),
        )
        for (order,) in all_rows(session, found.order_by(SalesOrder.order_no.desc()))
    ]
    return list_file(_("订单"), headings, rows)


@pages.show("/<number>", needs("orders.read"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One order with what can be done now."""
    picture = service.picture(session, actor, number)
    order = picture.order
    papers = contracts.contracts_of(session, actor, number)
    return render(
        "producers/order.html",
        order=order,
        picture=picture,
        contracts=papers,
        contract_states=CONTRACT.titles,
        may=_steps(actor, order, papers),
        has_parcels=parcels.has_parcels(session, order),
        chain=_chain(picture),
        states=ORDER_TITLES,
        payments=PAYMENT_TITLES,
        invoices=INVOICE_TITLES,
        returns=RETURN_TITLES,
        modes=MODES,
        method=METHOD_BY_CODE[order.payment_method],
        tones=TONES,
        due_fen=service.due_fen(order),
    )


@pages.show("/<number>/picking-list", needs("orders.fulfil"))
def picking_list(session: Session, actor: Actor, number: str) -> Response:
    """拣货单: what is still to be packed; no address on it."""
    picture = service.picture(session, actor, number)
    return render("producers/picking_list.html", order=picture.order, lines=picture.lines, day=today())


@pages.show("/<number>/delivery-note", needs("orders.fulfil"))
def delivery_note(session: Session, actor: Actor, number: str) -> Response:
    """发货单: goes with the goods, so the address is on it; each look is recorded."""
    picture = service.picture(session, actor, number)
    # Read for the two sides of the order only, and noted in the audit trail.
    address = service.delivery_address(session, actor, number, PURPOSE)
    return render(
        "producers/delivery_note.html",
        order=picture.order,
        lines=picture.lines,
        shipments=picture.shipments,
        address=address,
        day=today(),
        place=request.host,
    )


def _steps(actor: Actor, order: SalesOrder, papers: Sequence[Contract]) -> set[str]:
    """What can be pressed: the machine says which step there is, the permission who may; the service asks both again."""
    owner = (order.producer_organisation_id,)
    found: set[str] = set()
    if actor.may_on("orders.fulfil", area=order.producer_area, owners=owner):
        found |= {step for step, target in _TARGETS.items() if ORDER.may(order.state, target)}
        if order.state in ("placed", "confirmed"):
            found.add("freight")
        if order.state == "partly_shipped":
            found.add("shortfall")
    if ORDER.may(order.state, "cancelled") and actor.may_on(
        "orders.cancel", area=order.producer_area, owners=owner
    ):
        found.add("refuse")
    is_open = any(one.state in OPEN_CONTRACT for one in papers)
    if (
        not is_open
        and order.state not in ("closed", "cancelled")
        and actor.may_on("orders.contract", area=order.producer_area, owners=owner)
    ):
        found.add("contract")
    if order.invoice_state in ("none", "partly_issued", "reversed") and actor.may_on(
        "payments.invoice", area=order.producer_area, owners=owner
    ):
        found.add("invoice")
    return found


_TARGETS: Final = {"confirm": "confirmed", "ship": "shipped", "deliver": "delivered"}


def _chain(picture: OrderPicture) -> list[dict[str, Any]]:
    return [
        {
            "title": label(EVENT_TITLES[event.kind]),
            "at": event.at,
            "note": event.detail.get("reason") if event.kind == "cancelled" else "",
            "tone": "bad" if event.kind == "cancelled" else "done",
        }
        for event in picture.events
        if event.kind in EVENT_TITLES
    ]
