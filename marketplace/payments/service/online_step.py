"""The buyer's next step of a payment online: the gateway is asked between two transactions, never inside one."""

from __future__ import annotations

from marketplace.core.actor import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import Conflict, Unavailable
from marketplace.orders import service as orders
from marketplace.payments.rules.online import LIVE
from marketplace.payments.service import online
from marketplace.payments.service.online_work import advance

_NOT_ASKED = ("created", "unknown")


def ask_gateway(actor: Actor, number: str) -> None:
    """See to it that the gateway knows the payment, under one key however often this is called; opens its own transactions.

    Conflict (`online_payment_over`), Unavailable (`gateway_silent`) while it does not answer, NotFound, Forbidden.
    """
    with transaction() as session:
        payment, order = online.read_payment(session, actor, number)
        orders.require(actor, "orders.place", order, (order.buyer_id,))
        if payment.state not in LIVE:
            raise Conflict("online_payment_over", "该笔线上支付已结束", state=payment.state)
        payment_id, waits = payment.id, payment.state in _NOT_ASKED
    if not waits:
        return
    advance(payment_id, at_once=True)
    with transaction() as session:
        payment, _order = online.read_payment(session, actor, number)
        if payment.state in _NOT_ASKED:
            raise Unavailable("gateway_silent", "支付通道暂无回应,请稍后重试", retry_after_seconds=5)
