"""What a producer's settlement is made of, written as it happens: counted lines, freight, and what must come off again.

Only orders whose money waits in a supervised account bring sales here; what was paid to the producer directly is its already.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.clock import day_of
from marketplace.core.ids import uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.orders.facts import LinesCounted, OrderRevalued
from marketplace.orders.models import OrderReturnLine, SalesOrder
from marketplace.payments.models import Collection, SettlementItem
from marketplace.payments.rules.settlement import due_day, policy_for

_ROWS: Final = JsonRows(SettlementItem)
_INSERT: Final = sql(f"{_ROWS.insert('rows')} ON CONFLICT (event) DO NOTHING")


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be written: `event` names it for ever, `amount_fen` is what the producer is owed more, or less."""

    event: str
    producer_organisation_id: uuid.UUID
    order_id: uuid.UUID
    line_id: uuid.UUID | None
    kind: str
    amount_fen: int
    due_on: date
    at: datetime
    is_demo: bool


def due_on_of(place: str, at: datetime) -> date:
    """The first day through which a run may take what counted at that instant for a producer of the place."""
    day = day_of(at)
    return due_day(policy_for(place, day), day)


def add_items(session: Session, items: Sequence[NewItem]) -> None:
    """Write items; one that is there already stays as it is."""
    if items:
        rows = [asdict(item) | {"id": uuid7()} for item in items]
        session.execute(_INSERT, {"rows": _ROWS.dump(rows)})


def settle_counted(session: Session, fact: LinesCounted) -> None:
    """Hear that lines count: those of supervised orders may be settled, and an order's freight with the last of them."""
    if fact.source != "order":
        return
    orders = {
        row.id: row
        for row in session.execute(
            select(
                SalesOrder.id,
                SalesOrder.producer_organisation_id,
                SalesOrder.producer_area,
                SalesOrder.freight_fen,
                SalesOrder.counted_at,
                SalesOrder.is_demo,
            )
            .join(Collection, Collection.order_id == SalesOrder.id)
            .where(SalesOrder.id.in_({line.order_id for line in fact.lines}))
        )
    }
    items = [
        NewItem(
            event=f"sale:{line.line_id}",
            producer_organisation_id=order.producer_organisation_id,
            order_id=order.id,
            line_id=line.line_id,
            kind="sale",
            amount_fen=line.sale_fen,
            due_on=due_on_of(order.producer_area, line.counted_at),
            at=line.counted_at,
            is_demo=line.frozen.is_demo,
        )
        for line in fact.lines
        if line.sale_fen and (order := orders.get(line.order_id)) is not None
    ]
    items += [
        NewItem(
            event=f"freight:{order.id}",
            producer_organisation_id=order.producer_organisation_id,
            order_id=order.id,
            line_id=None,
            kind="freight",
            amount_fen=order.freight_fen,
            due_on=due_on_of(order.producer_area, order.counted_at),
            at=order.counted_at,
            is_demo=order.is_demo,
        )
        for order in orders.values()
        if order.counted_at is not None and order.freight_fen
    ]
    add_items(session, items)


def settle_revalued(session: Session, fact: OrderRevalued) -> None:
    """Hear that an order is worth less: what of it had counted must come off, whether or not it was paid out.

    The producer is no longer owed it from now on, so the claim does not wait until the buyer has its money back.
    """
    if fact.delta_fen >= 0:
        return
    sold = session.scalar(
        select(func.max(SettlementItem.due_on)).where(
            SettlementItem.order_id == fact.order_id, SettlementItem.kind == "sale"
        )
    )
    if sold is None:
        return
    counted = session.scalar(
        select(func.coalesce(func.sum(OrderReturnLine.amount_fen), 0)).where(
            OrderReturnLine.return_id == fact.event_id, OrderReturnLine.was_counted
        )
    )
    if not counted:
        return
    claim = NewItem(
        event=f"claim:{fact.event_id}",
        producer_organisation_id=fact.producer_organisation_id,
        order_id=fact.order_id,
        line_id=None,
        kind="claim",
        amount_fen=-int(counted),
        due_on=sold,
        at=fact.at,
        is_demo=fact.is_demo,
    )
    add_items(session, [claim])
