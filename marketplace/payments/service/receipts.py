"""Money received for an order, by bank transfer, recorded by people who may.

Nothing here asks a bank: a person of finance says what the bank statement shows. Orders learn of it by `mark_paid` in the same
transaction (docs/rules.md, "Money received and given back").
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid
from marketplace.core.ids import uuid7
from marketplace.orders import service as orders
from marketplace.payments.gateways import BANK_TRANSFER
from marketplace.payments.models import Payment
from marketplace.payments.rules.accounts import received
from marketplace.payments.rules.refunds import CURRENCY
from marketplace.payments.service.books import post
from marketplace.payments.service.collection import keepers, mode_of

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
    mode = mode_of(session, order)
    orders.require(actor, "payments.record", order, keepers(mode, order))
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
    legs = received(mode, order.id, order.buyer_id, order.producer_organisation_id, amount_fen)
    post(session, {f"receipt:{payment.id}": legs}, paid_at, is_demo=order.is_demo)
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


def payments_of(session: Session, actor: Actor, order_number: str) -> list[Payment]:
    """The payments of an order, as they were recorded. NotFound when the actor may not see them."""
    order = orders.read_order(session, actor, order_number)
    orders.require(actor, "payments.read", order)
    return list(session.scalars(select(Payment).where(Payment.order_id == order.id).order_by(Payment.id)))
