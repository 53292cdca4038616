"""付款: what is still to be paid, what is overdue, how an order is paid and what came of it."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict
from marketplace.core.http import page_of
from marketplace.core.http.fields import OneOf
from marketplace.core.http.paging import PageArgs
from marketplace.core.qr import qr_svg
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.orders.rules import PAYMENT
from marketplace.orders.terms import METHOD_BY_CODE
from marketplace.payments import service
from marketplace.payments.gateways import online as online_gateway
from marketplace.payments.models import Refund
from marketplace.payments.rules.gates import GATES
from marketplace.payments.rules.kinds import KIND_BY_CODE, KINDS
from marketplace.payments.rules.online import METHODS as ONLINE_METHODS
from marketplace.payments.rules.refunds import REFUND_KINDS
from marketplace.payments.schemas.receipts import OverdueArgs
from marketplace.payments.service import overdue
from marketplace.payments.service.invoices.checks import payment_gates
from marketplace.payments.service.online import payments_online_of
from marketplace.payments.service.payment_notices import notice_of
from marketplace.payments.service.receipts import vouchers_of
from marketplace.web.buyers.states import ONLINE, titled
from marketplace.web.kit import (
    Form,
    Listing,
    NoFields,
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

pages: Final = Pages("buyers_payments", __name__)
_OPEN: Final = ("unpaid", "partly_paid")
_REFUNDS: Final = {
    "requested": (note("待退回"), "warn"),
    "sent": (note("退款途中"), "info"),
    "unknown": (note("等待支付通道"), "info"),
    "failed": (note("退回未成,供货方处理中"), "bad"),
    "replaced": (note("已另行退款"), "quiet"),
    "confirmed": (note("已退回"), "good"),
}


class OpenArgs(PageArgs):
    """Which of the orders whose money is still open."""

    payment_state = OneOf(_OPEN, load_default=_OPEN[0])


def tabs_of(actor: Actor) -> list[tuple[str, str, str, None]]:
    """The pages about money that the actor may open, as tabs."""
    tabs = [
        ("unpaid", _("待付款"), "/payments"),
        ("partly_paid", _("部分付款"), "/payments?payment_state=partly_paid"),
        ("overdue", _("超期未付"), "/payments/overdue"),
        ("balances", _("余额"), "/balances"),
    ]
    if actor.may("payments.declare_payer"):
        tabs.append(("payers", _("代付备案"), "/declared-payers"))
    return [(code, title, path, None) for code, title, path in tabs]


@pages.show("/payments", needs("payments.read"))
def list_open(session: Session, actor: Actor) -> Response:
    """Orders with money still open, newest first."""
    listing = Listing(OpenArgs)
    state = listing.args["payment_state"]
    page = page_of(
        session,
        orders.orders_seen(actor, payment_state=state),
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=listing.args,
        descending=True,
    )
    return render(
        "buyers/payments.html",
        fragment="results",
        listing=listing,
        page=page,
        tabs=tabs_of(actor),
        chosen=state,
        due_fen=orders.due_fen,
        methods=METHOD_BY_CODE,
    )


@pages.show("/payments/overdue", needs("payments.read"))
def list_overdue(session: Session, actor: Actor) -> Response:
    """What should have been paid, the longest overdue first, with the days and the interest of the law."""
    listing = Listing(OverdueArgs)
    area = listing.args["area"]
    found = overdue.overdue_orders(actor, area=None if area is None else divisions.get(area).code)
    keys = [SalesOrder.due_on, SalesOrder.order_no]
    if wanted_format():
        return _overdue_file([overdue.overdue_of(row[0]) for row in all_rows(session, found.order_by(*keys))])
    page = page_of(
        session, found, keys=keys, key_of=lambda order: [order.due_on, order.order_no], args=listing.args
    )
    return render(
        "buyers/overdue.html",
        fragment="results",
        listing=listing,
        page=page,
        rows=[overdue.overdue_of(order) for order in page.items],
        tabs=tabs_of(actor),
    )


def _overdue_file(rows: list[overdue.Overdue]) -> Response:
    headings = [
        _("订单号"),
        _("供应商"),
        _("采购单位"),
        _("送达"),
        _("最迟付款日"),
        _("超期天数"),
        _("未付(分)"),
        _("法定逾期利息(分)"),
    ]
    told = [
        (
            one.order_number,
            one.producer_name,
            one.buyer_name,
            one.delivered_on,
            one.due_on,
            one.days_overdue,
            one.open_fen,
            one.interest_fen,
        )
        for one in rows
    ]
    return list_file(_("超期未付"), headings, told)


@pages.show("/payment-notices/<number>", needs("payments.read"))
def notice(session: Session, actor: Actor, number: str) -> Response:
    """付款通知 of an order or a checkout: payee, account, amount, code and QR. The showing of an account is recorded."""
    try:
        found = notice_of(session, actor, number)
    except (
        Conflict
    ) as refusal:  # nothing is due, or the payee has no account: what stands in the way is what the page says
        why = Form(NoFields).take_in(refusal)
        return render("buyers/payment_notice_none.html", why=why)
    return render(
        "buyers/payment_notice.html",
        notice=found,
        number=number,
        codes=[qr_svg(slip.qr_text) for slip in found.slips],
        kinds=[kind for kind in KINDS if kind.fields],
    )


@pages.show("/orders/<number>/payments", needs("payments.read"))
def money_of(session: Session, actor: Actor, number: str) -> Response:
    """The money of one order: what is due, what came, what waits, what went back."""
    order, gates = payment_gates(session, actor, number)
    received = service.payments_of(session, actor, number)
    vouchers = vouchers_of(session, received)
    refunds = session.execute(service.refunds_seen(actor, order_number=number).order_by(Refund.id)).all()
    due_fen = orders.due_fen(order)
    is_buyer = actor.may_on("orders.place", area=order.buyer_area, owners=(order.buyer_id,))
    return render(
        "buyers/order_money.html",
        order=order,
        due_fen=due_fen,
        payments=PAYMENT.titles,
        method=METHOD_BY_CODE[order.payment_method],
        gates=[(label(GATES[gate.code]), gate) for gate in gates if gate.may_delay],
        received=[_received(one, vouchers.get(one.id, {})) for one in received],
        online=payments_online_of(session, actor, number),
        online_states=titled(ONLINE),
        online_methods=ONLINE_METHODS,
        refunds=refunds,
        refund_states=titled(_REFUNDS),
        refund_kinds=REFUND_KINDS,
        may_pay_online=is_buyer and due_fen > 0 and online_gateway() is not None,
    )


def _received(one: Any, voucher: Any) -> dict[str, Any]:
    kind = KIND_BY_CODE.get(one.method)
    return {
        "payment": one,
        "kind": label(kind.title) if kind else _("线上支付"),
        "papers": [
            (label(field.title), voucher[field.code])
            for field in (kind.fields if kind else ())
            if field.code in voucher
        ],
    }
