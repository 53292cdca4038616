"""Money given back without goods (折让): the producer did it at the gateway itself, and we hear of it afterwards."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from marketplace.core.db import table_of
from marketplace.core.errors import Conflict
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.money import split_fen
from marketplace.orders.models import OrderReturn, OrderReturnLine, SalesOrder
from marketplace.orders.service.deduction import revalue
from marketplace.orders.service.money import mark_returned
from marketplace.orders.service.reading import lines_of, note


def may_give_back(session: Session, order: SalesOrder, amount_fen: int) -> bool:
    """Whether so much was received and is kept, for goods that are still bought."""
    worth_fen = sum(line.amount_fen - line.refunded_fen for line in lines_of(session, order))
    return 0 < amount_fen <= min(order.paid_fen - order.owed_back_fen, worth_fen)


def give_back(
    session: Session, order: SalesOrder, amount_fen: int, *, refund_id: uuid.UUID, at: datetime
) -> OrderReturn:
    """So much of what was paid is back with the buyer, and no goods with the producer: the lines cost that much less.

    Split over the lines by what they are still worth, largest remainder (docs/rules.md, "Money back without goods"); what had
    been counted is reversed at `at`, with quantity 0. Order locked. Conflict (`above_kept`) when less was received and is kept.
    """
    if not may_give_back(session, order, amount_fen):
        raise Conflict("above_kept", "退款超过订单留存的货款")
    lines = lines_of(session, order)
    parts = split_fen(amount_fen, [line.amount_fen - line.refunded_fen for line in lines])
    row = OrderReturn(
        id=uuid7(),
        number=readable_number("T"),
        order_id=order.id,
        kind="goodwill",
        state="goods_received",
        reason="agreed",
        amount_fen=amount_fen,
        requested_by=None,
        requested_at=at,
        received_at=at,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(table_of(OrderReturnLine)),
        [
            {
                "id": uuid7(),
                "return_id": row.id,
                "line_id": line.id,
                "quantity": 0,
                "amount_fen": part,
                "was_counted": line.counted_at is not None,
            }
            for line, part in zip(lines, parts, strict=True)
            if part
        ],
    )
    for line, part in zip(lines, parts, strict=True):
        line.refunded_fen += part
    order.deducted_fen += amount_fen
    order.owed_back_fen += amount_fen
    session.flush()
    revalue(session, order, -amount_fen, row.kind, row.id, at)
    note(session, order, "deducted", None, at, number=row.number, amount_fen=amount_fen, owed_fen=amount_fen)
    mark_returned(session, order, row.id, amount_fen, refund_id=refund_id, at=at, actor=None)
    return row
