"""Goods that are no longer bought: what they are worth, and what money must therefore go back.

A cancelled, rejected or returned unit lowers what the order owes. When more was received than is now owed, the difference
must go back; `RefundOwed` says so, and payments writes the refund in the same transaction. The ledger hears of it only when
the money is confirmed returned (docs/rules.md, "Refund of a part").
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from marketplace.core import facts
from marketplace.core.actor import Actor
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders.amounts import part_fen
from marketplace.orders.facts import LinesReversed, OrderRevalued, RefundOwed, ReversedLine
from marketplace.orders.models import OrderLine, OrderReturn, OrderReturnLine, SalesOrder
from marketplace.orders.rules import RETURN
from marketplace.orders.service.reading import lines_of, note, settle_invoice_state, settle_payment_state
from marketplace.orders.service.tally import bought, lines_by_id, weight_g


def worth_fen(line: OrderLine, quantity: int) -> int:
    """What `quantity` more units of a line are worth when they go back; the last part takes the remainder."""
    return part_fen(line.amount_fen, line.quantity, line.quantity - bought(line), line.refunded_fen, quantity)


def open_return(
    session: Session,
    order: SalesOrder,
    quantities: Sequence[tuple[OrderLine, int]],
    *,
    kind: str,
    state: str,
    reason: str,
    actor: Actor | None,
    at: datetime,
) -> OrderReturn:
    """Write a return with its lines (quantities per line, each at least 1). Amounts stand when the goods are deducted."""
    row = OrderReturn(
        id=uuid7(),
        number=readable_number("T"),
        order_id=order.id,
        kind=kind,
        state=state,
        reason=reason,
        amount_fen=0,
        requested_by=actor.audit_id if actor else None,
        requested_at=at,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(OrderReturnLine),
        [
            {
                "id": uuid7(),
                "return_id": row.id,
                "line_id": line.id,
                "quantity": quantity,
                "amount_fen": 0,
                "was_counted": line.counted_at is not None,
            }
            for line, quantity in quantities
        ],
    )
    return row


def return_lines(session: Session, row: OrderReturn) -> list[OrderReturnLine]:
    """The lines of a return."""
    return list(
        session.scalars(
            select(OrderReturnLine)
            .where(OrderReturnLine.return_id == row.id)
            .order_by(OrderReturnLine.id)
            .execution_options(populate_existing=True)
        )
    )


def deduct(
    session: Session,
    order: SalesOrder,
    row: OrderReturn,
    lines: Mapping[object, OrderLine],
    *,
    column: str,
    actor: Actor | None,
    at: datetime,
) -> int:
    """Take the goods of a return off the order and announce what must go back; the fen owed back by it.

    `column` is the counter of the line that grows: `cancelled`, `rejected` or `returned`. Order locked. A return for which
    nothing was paid is settled at once, and what of it had been counted is reversed then.
    """
    for back in return_lines(session, row):
        line = lines[back.line_id]
        back.amount_fen = worth_fen(line, back.quantity)
        back.was_counted = line.counted_at is not None
        line.refunded_fen += back.amount_fen
        setattr(line, column, getattr(line, column) + back.quantity)
        row.amount_fen += back.amount_fen
    row.amount_fen += _freight_falling_off(order, row, lines, column)
    row.received_at = at
    order.deducted_fen += row.amount_fen
    kept_fen = order.paid_fen - order.owed_back_fen
    owed_fen = max(kept_fen - (order.total_fen - order.deducted_fen), 0)
    order.owed_back_fen += owed_fen
    settle_payment_state(order)
    settle_invoice_state(order)
    if order.payment_state == "paid" and order.paid_at is None:
        order.paid_at = at
    if owed_fen == 0:
        RETURN.require(row.state, "settled")
        row.state = "settled"
    session.flush()
    revalue(session, order, -row.amount_fen, row.kind, row.id, at)
    note(
        session, order, "deducted", actor, at, number=row.number, amount_fen=row.amount_fen, owed_fen=owed_fen
    )
    if owed_fen == 0:
        reverse_counted(session, order, row, event_id=row.id, at=at)
    else:
        facts.publish(
            session,
            RefundOwed(
                order_id=order.id,
                return_id=row.id,
                amount_fen=owed_fen,
                reason=row.kind,
                requested_at=at,
                requested_by=actor.audit_id if actor else None,
                requested_by_person=None if actor is None or actor.is_system else actor.person_id,
            ),
        )
    return owed_fen


def _freight_falling_off(
    order: SalesOrder, row: OrderReturn, lines: Mapping[object, OrderLine], column: str
) -> int:
    """The freight (fen) that is no longer owed: all of it with the last unit that never came or was refused, else none.

    Goods that were accepted and go back leave the freight where it is: they were carried (docs/rules.md, "Freight").
    """
    if column == "returned" or any(bought(line) for line in lines.values()):
        return 0
    return order.total_fen - order.deducted_fen - row.amount_fen


def revalue(
    session: Session, order: SalesOrder, delta_fen: int, reason: str, event_id: uuid.UUID, at: datetime
) -> None:
    """Tell the books of money that the order is worth so much more (fen), or less. Nothing for 0."""
    if delta_fen:
        facts.publish(
            session,
            OrderRevalued(
                order_id=order.id,
                buyer_id=order.buyer_id,
                producer_organisation_id=order.producer_organisation_id,
                delta_fen=delta_fen,
                reason=reason,
                event_id=event_id,
                at=at,
                is_demo=order.is_demo,
            ),
        )


def reverse_counted(
    session: Session, order: SalesOrder, row: OrderReturn, *, event_id: uuid.UUID, at: datetime
) -> None:
    """Tell the ledger what of a return had been counted; nothing when none of it had."""
    lines = lines_by_id(lines_of(session, order))
    reversed_lines = tuple(
        ReversedLine(
            line_id=back.line_id,
            product_id=lines[back.line_id].product_id,
            sale_fen=back.amount_fen,
            quantity_milli=back.quantity * 1000,
            weight_g=weight_g(lines[back.line_id], back.quantity),
        )
        for back in return_lines(session, row)
        if back.was_counted
    )
    if reversed_lines:
        facts.publish(
            session,
            LinesReversed(
                source="order", event_id=event_id, reversed_at=at, reason=row.kind, lines=reversed_lines
            ),
        )
