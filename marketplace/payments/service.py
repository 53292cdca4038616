"""Money received for an order and money given back, by bank transfer, recorded by people who may.

Nothing here asks a bank: a person of finance says what the bank statement shows. Orders learn of it by `mark_paid` and
`mark_returned` in the same transaction (docs/rules.md, "Money received and given back").
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.facts import RefundOwed
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Payment, Refund
from marketplace.payments.rules import BANK_TRANSFER, CURRENCY, REFUND

_BOOKED = {"uq_payment_method_reference": AlreadyExists("receipt_already_booked", "该笔到账已登记")}


def record_transfer(
    session: Session,
    actor: Actor,
    order_number: str,
    *,
    amount_fen: int,
    currency: str,
    reference: str,
    payer_name: str,
    paid_at: datetime,
) -> Payment:
    """Record a bank transfer that arrived for an order; a part of the sum is allowed, more than is due is not.

    `reference` is the bank's own number of the line: booked once, AlreadyExists (`receipt_already_booked`) afterwards. Invalid
    (`currency`) for anything but CNY; the other refusals are those of `orders.service.mark_paid`.
    """
    if currency != CURRENCY:
        raise Invalid("currency", "只接受人民币", pointer="/currency")
    order = orders.lock_order(session, order_number)
    orders.require(actor, "payments.record", order, (order.producer_organisation_id,))
    if order.payment_method not in BANK_TRANSFER.serves:
        raise Conflict("method_not_served", "该付款方式不支持对公转账")
    payment = Payment(
        id=uuid7(),
        order_id=order.id,
        method=BANK_TRANSFER.code,
        reference=reference,
        payer_name=payer_name,
        amount_fen=amount_fen,
        currency=currency,
        state="recorded",
        paid_at=paid_at,
        recorded_by=actor.audit_id,
        recorded_at=utcnow(),
    )
    orders.mark_paid(session, order, amount_fen, paid_at, actor)
    with refusing(_BOOKED):
        session.add(payment)
        session.flush()
    audit.record(
        session,
        actor,
        "payments.payment.recorded",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"amount_fen": amount_fen},
    )
    return payment


def owe_refund(session: Session, fact: RefundOwed) -> None:
    """Hear that money must go back: one refund per return, whoever tells it twice."""
    known = session.scalar(select(Refund.id).where(Refund.return_id == fact.return_id))
    if known is not None:
        return
    session.add(
        Refund(
            id=uuid7(),
            number=readable_number("F"),
            order_id=fact.order_id,
            return_id=fact.return_id,
            amount_fen=fact.amount_fen,
            state=REFUND.initial,
            requested_by=fact.requested_by,
            requested_by_person=fact.requested_by_person,
            requested_at=fact.requested_at,
        )
    )
    session.flush()


def confirm_refund(
    session: Session, actor: Actor, refund_number: str, *, reference: str
) -> tuple[Refund, str]:
    """The money of a refund is back with the buyer: requested → confirmed; counted sales are reversed now.

    Returns the refund and the number of its order.

    `reference` is the bank's number of the outgoing transfer. Whoever asked for the refund may not confirm it (Forbidden
    `same_person`); a second confirmation is an IllegalTransition (409).
    """
    order_id = session.scalar(select(Refund.order_id).where(Refund.number == refund_number))
    if order_id is None:
        raise NotFound("refund_not_found", "没有这笔退款")
    order = orders.lock_order_by_id(session, order_id)
    orders.require(actor, "payments.refund", order, (order.producer_organisation_id,))
    refund = session.scalars(
        select(Refund).where(Refund.number == refund_number).execution_options(populate_existing=True)
    ).one()
    REFUND.require(refund.state, "confirmed")
    actor.require_other_person(refund.requested_by_person, what="退款申请人与确认人")
    if refund.return_id is None:
        raise ValueError("a refund without a return is not made by this service")
    now = utcnow()
    refund.state = "confirmed"
    refund.reference = reference
    refund.decided_by = actor.audit_id
    refund.confirmed_at = now
    session.flush()
    orders.mark_returned(
        session, order, refund.return_id, refund.amount_fen, refund_id=refund.id, at=now, actor=actor
    )
    audit.record(
        session,
        actor,
        "payments.refund.confirmed",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"refund": refund.number, "amount_fen": refund.amount_fen},
    )
    return refund, order.number


def record_invoice(session: Session, actor: Actor, order_number: str, *, invoiced_at: datetime) -> SalesOrder:
    """The seller's invoice for an order was issued. IllegalTransition (409) for a second one."""
    order = orders.lock_order(session, order_number)
    orders.require(actor, "payments.invoice", order, (order.producer_organisation_id,))
    if not order.placed_at <= invoiced_at <= utcnow():
        raise Invalid("invoiced_at", "开票时间应在下单之后、当前时间之前", pointer="/invoiced_at")
    orders.mark_invoiced(session, order, invoiced_at, actor)
    return order


def payments_of(session: Session, actor: Actor, order_number: str) -> list[Payment]:
    """The payments of an order, as they were recorded. NotFound when the actor may not see them."""
    order = orders.read_order(session, actor, order_number)
    orders.require(actor, "payments.read", order)
    return list(session.scalars(select(Payment).where(Payment.order_id == order.id).order_by(Payment.id)))


def refunds_seen(
    actor: Actor, *, state: str | None = None, order_number: str | None = None
) -> Select[Refund, str]:
    """Refunds of the orders an actor may see, with the number of the order, unsorted, for a paged list."""
    statement = (
        select(Refund, SalesOrder.number.label("order_number"))
        .join(SalesOrder, SalesOrder.id == Refund.order_id)
        .where(orders.seen_by(actor))
    )
    if state is not None:
        statement = statement.where(Refund.state == state)
    if order_number is not None:
        statement = statement.where(SalesOrder.number == order_number)
    return statement
