"""What becomes of a refund through the gateway: set aside on its payment, confirmed, failed, or sent back by the buyer's bank."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import OnlinePayment, Refund
from marketplace.payments.rules.accounts import received_by_producer, returned_by_producer
from marketplace.payments.rules.refunds import REFUND
from marketplace.payments.service.books import post
from marketplace.payments.service.online_settle import CLEARING


def set_aside(session: Session, payment_id: uuid.UUID, amount_fen: int) -> bool:
    """Count so much as given back of a payment (negative: no longer). False when less was captured."""
    session.flush()
    left = OnlinePayment.captured_fen - OnlinePayment.given_back_fen
    changed = session.connection().execute(
        update(OnlinePayment)
        .where(OnlinePayment.id == payment_id, left >= amount_fen)
        .values(given_back_fen=OnlinePayment.given_back_fen + amount_fen)
    )
    return changed.rowcount == 1


def fail(session: Session, refund: Refund) -> None:
    """The gateway will not: the amount is free again, and people give it back by transfer."""
    REFUND.require(refund.state, "failed")
    refund.state = "failed"
    refund.next_try_at = None
    session.flush()
    if refund.online_payment_id is not None:
        set_aside(session, refund.online_payment_id, -refund.amount_fen)


def confirm(session: Session, order: SalesOrder, refund: Refund, at: datetime) -> None:
    """The gateway gave the money back: booked, and told to the order, which reverses what had been counted."""
    REFUND.require(refund.state, "confirmed")
    refund.state = "confirmed"
    refund.reference = refund.gateway_id
    refund.confirmed_at = at
    refund.next_try_at = None
    session.flush()
    legs = returned_by_producer(
        order.id,
        order.buyer_id,
        order.producer_organisation_id,
        refund.amount_fen,
        through=CLEARING,
        settles="buyer_balance" if refund.kind == "surplus" else "buyer_receivable",
    )
    post(session, {f"refund:{refund.id}": legs}, at, is_demo=order.is_demo)
    if refund.kind == "return" and refund.return_id is not None:
        orders.mark_returned(
            session, order, refund.return_id, refund.amount_fen, refund_id=refund.id, at=at, actor=None
        )
    audit.record(
        session,
        None,
        "payments.refund.confirmed",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"refund": refund.number, "amount_fen": refund.amount_fen},
    )


def bounce(session: Session, order: SalesOrder, refund: Refund, at: datetime) -> None:
    """The buyer's bank sent it back after all: the producer holds it again, and the buyer is owed it; people pay it out."""
    refund.bounced_at = at
    session.flush()
    if refund.online_payment_id is not None:
        set_aside(session, refund.online_payment_id, -refund.amount_fen)
    legs = received_by_producer(
        order.id,
        order.buyer_id,
        order.producer_organisation_id,
        refund.amount_fen,
        through=CLEARING,
        settles="buyer_balance",
        kind="bounced",
    )
    post(session, {f"bounced:{refund.id}": legs}, at, is_demo=order.is_demo)
    orders.note(
        session, order, "refund_bounced", None, at, number=refund.number, amount_fen=refund.amount_fen
    )
