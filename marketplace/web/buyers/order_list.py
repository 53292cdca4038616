"""我的订单: the list by state, as a page and as a file."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import page_of
from marketplace.orders import schemas, service
from marketplace.orders.models import SalesOrder
from marketplace.orders.rules import INVOICE_TITLES, ORDER, PAYMENT
from marketplace.web.buyers.orders import TONES
from marketplace.web.kit import (
    Listing,
    Pages,
    all_rows,
    choices,
    label,
    list_file,
    needs,
    render,
    wanted_format,
)
from marketplace.web.kit import say as _

pages: Final = Pages("buyers_order_list", __name__)
_TABS: Final = ("placed", "confirmed", "shipped", "delivered", "accepted", "closed", "cancelled")


@pages.show("/orders", needs("orders.read"))
def list_orders(session: Session, actor: Actor) -> Response:
    """The orders one may see, newest first, by state and by what their money is in."""
    listing = Listing(schemas.OrderListArgs)
    asked = listing.args
    found = service.orders_seen(actor, state=asked["state"], payment_state=asked["payment_state"])
    if wanted_format():
        return _file(session, all_rows(session, found.order_by(SalesOrder.order_no.desc())))
    counts = service.states_seen(session, actor)
    page = page_of(
        session,
        found,
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=asked,
        descending=True,
    )
    tabs = [("", _("全部"), listing.address(state=None), sum(counts.values()))]
    tabs += [
        (code, label(ORDER.titles[code]), listing.address(state=code), counts.get(code, 0)) for code in _TABS
    ]
    return render(
        "buyers/orders.html",
        fragment="results",
        listing=listing,
        page=page,
        tabs=tabs,
        chosen=asked["state"] or "",
        states=ORDER.titles,
        payments=PAYMENT.titles,
        invoices=INVOICE_TITLES,
        payment_options=choices(PAYMENT.titles),
        tones=TONES,
    )


def _file(session: Session, rows: Any) -> Response:
    headings = [
        _("订单号"),
        _("供应商"),
        _("采购单位"),
        _("下单时间"),
        _("金额(分)"),
        _("订单状态"),
        _("付款状态"),
        _("开票状态"),
    ]
    told = [
        (
            one.number,
            one.producer_name,
            one.buyer_name,
            one.placed_at,
            one.total_fen,
            label(ORDER.titles[one.state]),
            label(PAYMENT.titles[one.payment_state]),
            label(INVOICE_TITLES[one.invoice_state]),
        )
        for (one,) in rows
    ]
    return list_file(_("我的订单"), headings, told)
