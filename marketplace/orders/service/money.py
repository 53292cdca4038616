"""What the slices above say about money besides that it was paid (`paying`), called down by payments: returned."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.errors import Conflict
from marketplace.orders.models import OrderReturn, SalesOrder
from marketplace.orders.rules import RETURN
from marketplace.orders.service.deduction import reverse_counted
from marketplace.orders.service.reading import lock_order, note, require, settle_payment_state
from marketplace.orders.terms import METHOD_BY_CODE, prepayment_deadline


def mark_returned(
    session: Session,
    order: SalesOrder,
    return_id: uuid.UUID,
    amount_fen: int,
    *,
    refund_id: uuid.UUID,
    at: datetime,
    actor: Actor | None,
) -> None:
    """Money of a return is confirmed to be back with the buyer; counted lines of it are reversed at `at`.

    Order locked. The database refuses more than was received (`ck_sales_order_refunds`).
    """
    row = session.scalars(
        select(OrderReturn)
        .where(OrderReturn.id == return_id, OrderReturn.order_id == order.id)
        .execution_options(populate_existing=True)
    ).one()
    RETURN.require(row.state, "refunded")
    row.state = "refunded"
    order.refunded_fen += amount_fen
    order.row_version += 1
    settle_payment_state(order)
    session.flush()
    note(session, order, "refunded", actor, at, number=row.number, amount_fen=amount_fen)
    reverse_counted(session, order, row, event_id=refund_id, at=at)


def extend_deadline(session: Session, actor: Actor, number: str) -> SalesOrder:
    """Put the payment day of a prepaid order off, once, by 15 days. Conflict when it cannot be, or no longer."""
    order = lock_order(session, number)
    require(actor, "orders.place", order, (order.buyer_id,))
    method = METHOD_BY_CODE[order.payment_method]
    if order.state == "cancelled" or order.payment_state not in ("unpaid", "partly_paid"):
        raise Conflict("nothing_due", "订单没有待付款项")
    if method.extensions == 0 or order.due_extended:
        raise Conflict("not_extendable", "付款期限不能再延长")
    now = utcnow()
    if order.due_on is None or order.due_on < day_of(now):
        raise Conflict("deadline_passed", "付款期限已过")
    order.due_on = prepayment_deadline(method, day_of(order.placed_at), 1)
    order.due_extended = True
    order.row_version += 1
    session.flush()
    note(session, order, "deadline_extended", actor, now, due_on=str(order.due_on))
    return order
