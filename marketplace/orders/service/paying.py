"""Money that arrived for orders, and money that turned out not to have been for one: called down by payments.

Many orders are paid in as many statements as one: a bank statement has thousands of lines.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text as sql
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.json_rows import JsonRows
from marketplace.orders.models import OrderEvent, OrderLine, SalesOrder
from marketplace.orders.rules import PAYMENT_UNDONE, sold_at
from marketplace.orders.service.goods import Sold, forget_goods, resolve_goods
from marketplace.orders.service.reading import lines_of, lines_of_orders, note, settle_payment_state, tell
from marketplace.orders.service.tally import count_lines, may_count
from marketplace.orders.terms import METHOD_BY_CODE

_EVENTS: Final = JsonRows(OrderEvent)
_NOTE: Final = sql(_EVENTS.insert("events"))
#: What a payment changes of an order; counting writes the rest.
_CHANGED: Final = ("paid_fen", "row_version", "payment_state", "paid_at", "sold_at")
_WRITE: Final = sql(
    f"UPDATE orders.sales_order AS o SET {', '.join(f'{name} = given.{name}' for name in _CHANGED)} "  # noqa: S608 - our names
    "FROM json_populate_recordset(NULL::orders.sales_order, CAST(:orders AS json)) AS given WHERE o.id = given.id"
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """So much money (fen) for a locked order, which arrived at the instant."""

    order: SalesOrder
    amount_fen: int
    paid_at: datetime


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
    return mark_all_paid(session, [Arrived(order, amount_fen, paid_at)], actor)


def mark_all_paid(session: Session, arrived: Sequence[Arrived], actor: Actor | None) -> list[OrderLine]:
    """As `mark_paid`, for many orders, all locked, in the order given; an order may come more than once."""
    now = utcnow()
    if not arrived:
        return []
    events: list[dict[str, Any]] = []
    sold: dict[uuid.UUID, datetime] = {}
    for one in arrived:
        order = one.order
        check_arrived(one)
        order.paid_fen += one.amount_fen
        order.row_version += 1
        settle_payment_state(order)
        events.append(
            {
                "order_id": order.id,
                "kind": "paid",
                "detail": {"amount_fen": one.amount_fen, "state": order.payment_state},
                "actor_id": actor.audit_id if actor else None,
                "at": now,
            }
        )
        if due_fen(order) == 0 and order.paid_at is None:
            order.paid_at = one.paid_at
            instant = sold_at(order.payment_method, order.placed_at, one.paid_at)
            if order.sold_at is None and instant is not None:
                sold[order.id] = instant
    session.connection().execute(_NOTE, {"events": _EVENTS.dump(events)})
    orders = {one.order.id: one.order for one in arrived}
    for key, instant in sold.items():
        orders[key].sold_at = instant
    _write(session, orders.values())
    concerned = [key for key, order in orders.items() if key in sold or may_count(order)]
    lines = lines_of_orders(session, concerned)
    lapsed = resolve_goods(session, [Sold(orders[key], lines[key], at) for key, at in sold.items()])
    _tell_of_lapsed(session, orders, lapsed, actor, now)
    for key in concerned:
        count_lines(session, orders[key], lines[key], actor, now)
    session.flush()
    return lapsed


def unmark_paid(
    session: Session, order: SalesOrder, amount_fen: int, actor: Actor | None, *, reason: str
) -> None:
    """Money that was marked as paid was not this order's: it owes again what it owed before.

    Order locked. Conflict (`sale_counted`) once a line has counted: the sale stands on the payment, only a refund takes it back,
    in its own month. Conflict (`refund_underway`) when money of the order goes back already. A prepaid sale that is no longer
    paid in full has not happened: `sold_at` and what followed from it are set by the payment that completes the sum anew.
    """
    lines = lines_of(session, order)
    if any(line.counted_at is not None for line in lines):
        raise Conflict("sale_counted", "订单已计入统计，不能撤销到账；货款应通过退款退回，或换用另一笔到账")
    if order.owed_back_fen:
        raise Conflict("refund_underway", "订单已有应退款项，不能撤销到账")
    if not 1 <= amount_fen <= order.paid_fen:
        raise ValueError("more is taken back than was paid")
    now = utcnow()
    order.paid_fen -= amount_fen
    order.row_version += 1
    if order.paid_at is not None and due_fen(order) > 0:
        order.paid_at = None
        if METHOD_BY_CODE[order.payment_method].sold_at == "payment" and order.sold_at is not None:
            order.sold_at = None
            forget_goods(session, lines)
    settle_payment_state(order, PAYMENT_UNDONE)
    session.flush()
    note(
        session, order, "payment_undone", actor, now,
        amount_fen=amount_fen, state=order.payment_state, reason=reason,
    )  # fmt: skip


def _write(session: Session, orders: Collection[SalesOrder]) -> None:
    """Write what the payments changed by one statement, however many orders; the objects are as if flushed."""
    rows = [{"id": order.id} | {name: getattr(order, name) for name in _CHANGED} for order in orders]
    session.connection().execute(_WRITE, {"orders": orjson.dumps(rows).decode()})
    for order in orders:
        for name in _CHANGED:
            set_committed_value(order, name, getattr(order, name))


def check_arrived(one: Arrived) -> None:
    """Raise what `mark_paid` raises for it, changing nothing."""
    order = one.order
    if one.amount_fen < 1:
        raise Invalid("amount_fen", "金额应大于零", pointer="/amount_fen")
    if not order.placed_at <= one.paid_at <= utcnow():
        raise Invalid("paid_at", "到账时间应在下单之后、当前时间之前", pointer="/paid_at")
    if order.state == "cancelled":
        raise Conflict("order_cancelled", "订单已取消")
    if one.amount_fen > due_fen(order):
        raise Conflict("above_due", "金额超过应付余额", due_fen=due_fen(order))


def _tell_of_lapsed(
    session: Session,
    orders: dict[uuid.UUID, SalesOrder],
    lapsed: Sequence[OrderLine],
    actor: Actor | None,
    now: datetime,
) -> None:
    """The buyer is told and may still cancel: nothing has been shipped."""
    numbers: dict[uuid.UUID, list[int]] = {}
    for line in lapsed:
        numbers.setdefault(line.order_id, []).append(line.line_no)
    for key, lines in numbers.items():
        note(session, orders[key], "certificate_lapsed", actor, now, lines=lines)
        tell(session, orders[key], "payment_recorded", None, certificate_lapsed=lines)
