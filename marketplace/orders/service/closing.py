"""What time alone does to orders: finished ones close, prepaid ones that nobody paid are cancelled. Done by the worker."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.core.actor import system_actor
from marketplace.core.clock import today, utcnow
from marketplace.orders.models import OrderReturn, SalesOrder
from marketplace.orders.rules import ORDER
from marketplace.orders.service.cancellation import cancel
from marketplace.orders.service.reading import lock_order, transition

#: A finished order stays open to complaints for so long after its evaluation, or acceptance where nobody evaluates.
OPEN_DAYS = 30
_UNFINISHED_RETURNS = ("requested", "approved", "goods_received")


def close_finished(session: Session, limit: int = 500) -> int:
    """Close orders that were accepted and paid 30 days ago and have no return under way; how many were closed."""
    before = utcnow() - timedelta(days=OPEN_DAYS)
    numbers = session.scalars(
        select(SalesOrder.number)
        .where(
            SalesOrder.state.in_(["accepted", "partly_accepted", "evaluated"]),
            SalesOrder.payment_state.in_(["paid", "partly_refunded", "refunded"]),
            SalesOrder.counted_at < before,
            SalesOrder.accepted_at < before,
            SalesOrder.refunded_fen == SalesOrder.owed_back_fen,
            SalesOrder.sold_at.is_not(None),
            ~exists().where(
                OrderReturn.order_id == SalesOrder.id, OrderReturn.state.in_(_UNFINISHED_RETURNS)
            ),
        )
        .order_by(SalesOrder.order_no)
        .limit(limit)
    ).all()
    closed = 0
    for number in numbers:
        order = lock_order(session, number)
        # Read again under the lock: something may have happened since the list was made.
        if ORDER.may(order.state, "closed") and order.refunded_fen == order.owed_back_fen:
            transition(session, order, "closed", system_actor(), utcnow())
            closed += 1
    return closed


def cancel_unpaid(session: Session, limit: int = 500) -> int:
    """Cancel prepaid orders whose payment day has passed with nothing paid and nothing shipped; how many were."""
    numbers = session.scalars(
        select(SalesOrder.number)
        .where(
            SalesOrder.payment_method == "prepaid",
            SalesOrder.payment_state == "unpaid",
            SalesOrder.state.in_(["placed", "confirmed"]),
            SalesOrder.due_on < today(),
        )
        .order_by(SalesOrder.order_no)
        .limit(limit)
    ).all()
    cancelled = 0
    for number in numbers:
        order = lock_order(session, number)
        if order.payment_state == "unpaid" and ORDER.may(order.state, "cancelled"):
            cancel(session, system_actor(), number, "payment_deadline_passed")
            cancelled += 1
    return cancelled
