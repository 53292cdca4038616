"""Paying online: one payment per order, to the producer's own account with the gateway; a checkout's are captured together."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.models import Checkout, SalesOrder
from marketplace.payments.gateways import online
from marketplace.payments.models import GatewayAccount, OnlinePayment
from marketplace.payments.rules.online import ATTEMPT, FLOWS, HELD_METHODS, LIVE, METHODS
from marketplace.payments.rules.refunds import CURRENCY
from marketplace.payments.service.collection import mode_of
from marketplace.payments.service.online_rows import lock_payment
from marketplace.payments.service.online_settle import give_up

_TAKEN: Final = {"uq_online_payment_live": AlreadyExists("online_payment_open", "该订单已有进行中的线上支付")}


def pay_order(session: Session, actor: Actor, order_number: str, *, method: str, flow: str) -> OnlinePayment:
    """Write down a payment of what is due on an order; the gateway is asked after the commit (`online_work`).

    Conflict: `online_payment_off`, `nothing_due`, `order_cancelled`, `online_payment_open` (one is under way),
    `payee_without_account` (the producer has none with the gateway), `collection_supervised`. Invalid for an unknown method.
    """
    return _pay(session, actor, [orders.lock_order(session, order_number)], method, flow)[0]


def pay_checkout(
    session: Session, actor: Actor, checkout_number: str, *, method: str, flow: str
) -> list[OnlinePayment]:
    """The same for every order of a checkout on which something is due, all of them or none.

    Where the method allows it, each is authorised first and all are captured together.
    """
    numbers = session.scalars(
        select(SalesOrder.number)
        .join(Checkout, Checkout.id == SalesOrder.checkout_id)
        .where(Checkout.number == checkout_number)
        .order_by(SalesOrder.id)
    ).all()
    if not numbers:
        raise NotFound("checkout_not_found", "没有这次下单")
    whole = [orders.lock_order(session, number) for number in numbers]
    for order in whole:
        orders.require(actor, "orders.place", order, (order.buyer_id,))
    due = [order for order in whole if order.state != "cancelled" and orders.due_fen(order) > 0]
    if not due:
        raise Conflict("nothing_due", "订单没有待付款项")
    return _pay(session, actor, due, method, flow)


def _pay(
    session: Session, actor: Actor, wanted: Sequence[SalesOrder], method: str, flow: str
) -> list[OnlinePayment]:
    for order in wanted:
        orders.require(actor, "orders.place", order, (order.buyer_id,))
    gateway = online()
    if gateway is None:
        raise Conflict("online_payment_off", "未开通线上支付")
    if method not in METHODS:
        raise Invalid("method", "没有这种线上支付方式", pointer="/method")
    if flow not in FLOWS:
        raise Invalid("flow", "没有这种支付流程", pointer="/flow")
    batch_id, now = uuid7(), utcnow()
    is_held = len(wanted) > 1 and method in HELD_METHODS
    made = []
    for order in wanted:
        _require_payable(session, order, gateway.serves)
        payment_id = uuid7()
        made.append(
            OnlinePayment(
                id=payment_id,
                number=readable_number("Z"),
                batch_id=batch_id,
                order_id=order.id,
                gateway=gateway.code,
                account=_account_of(session, gateway.code, order),
                method=method,
                flow=flow,
                is_held=is_held,
                amount_fen=orders.due_fen(order),
                currency=CURRENCY,
                state=ATTEMPT.initial,
                idempotency_key=f"payment-{payment_id}",
                captured_fen=0,
                given_back_fen=0,
                cancel_wanted=False,
                capture_wanted=False,
                tries=0,
                next_try_at=now,
                requested_by=actor.audit_id,
                requested_at=now,
            )
        )
    with refusing(_TAKEN):
        session.add_all(made)
        session.flush()
    for order, payment in zip(wanted, made, strict=True):
        orders.note(session, order, "online_payment_begun", actor, now, number=payment.number)
    return made


def _require_payable(session: Session, order: SalesOrder, serves: Sequence[str]) -> None:
    if order.state == "cancelled":
        raise Conflict("order_cancelled", "订单已取消")
    if orders.due_fen(order) <= 0:
        raise Conflict("nothing_due", "订单没有待付款项")
    if order.payment_method not in serves:
        raise Conflict("method_not_served", "该付款方式不支持线上支付")
    if mode_of(session, order) != "direct":
        raise Conflict("collection_supervised", "该订单的货款须付入监管账户")


def _account_of(session: Session, gateway: str, order: SalesOrder) -> str:
    """The seller's own account: payee and seller are the same."""
    account = session.scalar(
        select(GatewayAccount.account).where(
            GatewayAccount.gateway == gateway,
            GatewayAccount.organisation_id == order.producer_organisation_id,
            GatewayAccount.state == "active",
        )
    )
    if account is None:
        raise Conflict("payee_without_account", "供应商未开通线上收款")
    return account


def read_payment(session: Session, actor: Actor, number: str) -> tuple[OnlinePayment, SalesOrder]:
    """A payment with its order, for who may see the order's payments. NotFound otherwise."""
    row = session.execute(
        select(OnlinePayment, SalesOrder)
        .join(SalesOrder, SalesOrder.id == OnlinePayment.order_id)
        .where(OnlinePayment.number == number)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or not _may_see(actor, row.SalesOrder):
        raise NotFound("online_payment_not_found", "没有这笔线上支付")
    return row.OnlinePayment, row.SalesOrder


def _may_see(actor: Actor, order: SalesOrder) -> bool:
    return any(
        orders.may_on(actor, permission, order, reaching)
        for permission, reaching in (("payments.read", None), ("orders.place", (order.buyer_id,)))
    )


def payments_online_of(session: Session, actor: Actor, order_number: str) -> list[OnlinePayment]:
    """The online payments of an order, oldest first."""
    order = orders.read_order(session, actor, order_number)
    if not _may_see(actor, order):
        raise NotFound("order_not_found", "没有这个订单")
    return list(
        session.scalars(
            select(OnlinePayment).where(OnlinePayment.order_id == order.id).order_by(OnlinePayment.id)
        )
    )


def cancel_payment(session: Session, actor: Actor, number: str) -> tuple[OnlinePayment, SalesOrder]:
    """Give a payment up that was not captured: at once when the gateway was not asked, else as soon as it agrees.

    Conflict (`online_payment_over`) when it is over.
    """
    known, _ = read_payment(session, actor, number)
    order, payment = lock_payment(session, known.id)
    orders.require(actor, "orders.place", order, (order.buyer_id,))
    if payment.state not in LIVE:
        raise Conflict("online_payment_over", "该笔线上支付已结束", state=payment.state)
    now = utcnow()
    payment.cancel_wanted = True
    payment.next_try_at = now
    session.flush()
    if payment.state == "created":
        give_up(session, payment, "canceled")
    orders.note(session, order, "online_payment_cancel_asked", actor, now, number=payment.number)
    return payment, order


def payment_id_of(session: Session, number: str) -> uuid.UUID | None:
    """The id behind a number."""
    return session.scalar(select(OnlinePayment.id).where(OnlinePayment.number == number))
