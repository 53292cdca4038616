"""What the gateway says of money given back, taken over into our rows. It may say it late, twice, in any order."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways.protocol import GivenBack
from marketplace.payments.models import OnlinePayment, Refund
from marketplace.payments.rules.refunds import AT_GATEWAY, CURRENCY
from marketplace.payments.service.foreign_refunds import book_foreign
from marketplace.payments.service.gateway_fees import book_fees
from marketplace.payments.service.refund_settle import bounce, confirm, fail, set_aside


def take_over_refund(
    session: Session, order: SalesOrder, payment: OnlinePayment, given: GivenBack, at: datetime
) -> str | None:
    """Bring our row to where the gateway is with money given back; None, or the reason why it cannot be (yet).

    Order and payment locked. What we did not ask for was given back at the gateway itself, and is booked as such.
    """
    if payment.state != "captured" or payment.taken_as == "mismatch":
        return "not_captured" if payment.state != "captured" else "mismatch"
    if given.currency != CURRENCY or given.amount < 1:
        return "currency"
    session.flush()
    refund = session.scalars(
        select(Refund)
        .where((Refund.gateway_id == given.id) | (Refund.id == _uuid(given.refund)))
        .order_by(Refund.gateway_id == given.id)
        .execution_options(populate_existing=True)
    ).first()
    if refund is not None and refund.state == "replaced" and refund.gateway_id is None:
        refund = None  # it was made after all: its successor's, where that was not asked for yet
    if refund is None:
        reason = book_foreign(session, order, payment, given, at)
        refund = session.scalars(select(Refund).where(Refund.gateway_id == given.id)).one_or_none()
        if refund is not None:
            book_fees(session, order, payment, given.fees, refund=refund)
        return reason
    if refund.online_payment_id != payment.id or refund.amount_fen != given.amount:
        return "refund_differs"
    if refund.gateway_id not in (None, given.id):
        return "second_refund"
    reason = _follow(session, order, payment, refund, given, at)
    session.flush()
    if reason is None:
        book_fees(session, order, payment, given.fees, refund=refund)
    return reason


def _follow(
    session: Session,
    order: SalesOrder,
    payment: OnlinePayment,
    refund: Refund,
    given: GivenBack,
    at: datetime,
) -> str | None:
    if refund.state == "failed" and refund.gateway_id is None and given.state == "confirmed":
        # We were told it was never made, and it was: the money has left, so it counts against the payment again.
        if not set_aside(session, payment.id, refund.amount_fen):
            return "above_captured"
        refund.gateway_id = given.id
        confirm(session, order, refund, at)
        return None
    refund.gateway_id = given.id
    if given.state == "confirmed" and refund.state in AT_GATEWAY:
        confirm(session, order, refund, at)
    elif given.state == "pending" and refund.state == "unknown":
        refund.state = "sent"
    elif given.state == "failed" and refund.state in AT_GATEWAY:
        fail(session, refund)
    elif given.state == "failed" and _was_confirmed_by(refund, given):
        bounce(session, order, refund, at)
    return None


def _was_confirmed_by(refund: Refund, given: GivenBack) -> bool:
    """Whether this made it confirmed, and not a bank transfer after the gateway had failed."""
    return refund.state == "confirmed" and refund.reference == given.id and refund.bounced_at is None


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError:
        return None
