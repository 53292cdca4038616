"""What the slices above say about money, called down by payments and intake: paid, returned."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.errors import Conflict, Invalid
from marketplace.orders.models import OrderLine, OrderReturn, SalesOrder
from marketplace.orders.rules import RETURN, sold_at
from marketplace.orders.service.deduction import reverse_counted
from marketplace.orders.service.goods import resolve_goods
from marketplace.orders.service.reading import lines_of, lock_order, note, require, settle_payment_state, tell
from marketplace.orders.service.tally import count_lines
from marketplace.orders.terms import METHOD_BY_CODE, prepayment_deadline


def due_fen(order: SalesOrder) -> int:
    """What is still to be paid, in fen: the total less what was taken off and less what was received and is kept."""
    return (order.total_fen - order.deducted_fen) - (order.paid_fen - order.owed_back_fen)


def mark_paid(
    session: Session, order: SalesOrder, amount_fen: int, paid_at: datetime, actor: Actor | None
) -> list[OrderLine]:
    """Money for the order has arrived at `paid_at`; the lines whose aid certificate had lapsed by then.

    Order locked. Conflict (`above_due`) for more than is due, Conflict (`order_cancelled`) for a cancelled order, Invalid
    for an amount below one fen or an instant before the order or after now. The payment that completes the sum sets
    `sold_at` of 先款后货 and with it certificate and goods class.
    """
    now = utcnow()
    if amount_fen < 1:
        raise Invalid("amount_fen", "金额应大于零", pointer="/amount_fen")
    if not order.placed_at <= paid_at <= now:
        raise Invalid("paid_at", "到账时间应在下单之后、当前时间之前", pointer="/paid_at")
    if order.state == "cancelled":
        raise Conflict("order_cancelled", "订单已取消")
    if amount_fen > due_fen(order):
        raise Conflict("above_due", "金额超过应付余额", due_fen=due_fen(order))
    order.paid_fen += amount_fen
    order.row_version += 1
    settle_payment_state(order)
    note(session, order, "paid", actor, now, amount_fen=amount_fen, state=order.payment_state)
    lapsed: list[OrderLine] = []
    lines = lines_of(session, order)
    if due_fen(order) == 0 and order.paid_at is None:
        order.paid_at = paid_at
        instant = sold_at(order.payment_method, order.placed_at, paid_at)
        if order.sold_at is None and instant is not None:
            lapsed = resolve_goods(session, order, lines, instant)
            if lapsed:
                # The buyer is told and may still cancel: nothing has been shipped.
                numbers = [line.line_no for line in lapsed]
                note(session, order, "certificate_lapsed", actor, now, lines=numbers)
                tell(session, order, "payment_recorded", None, certificate_lapsed=numbers)
    count_lines(session, order, lines, actor, now)
    session.flush()
    return lapsed


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
