"""Stock: units at one place, changed only by movements; the database decides whether there are enough.

Every function takes a batch and is one statement: it locks the places in ascending id order, adds the movements that are not
there yet and applies exactly those under the condition that free units stay ≥ 0. Two buyers of the last unit wait for each other
at the row; the second one finds none. The same statement finds whose availability turned. Rules: docs/rules.md, "Stock".
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.facts import StockTurned
from marketplace.catalogue.rules.stock import EFFECTS
from marketplace.core import facts
from marketplace.core.errors import Conflict, Invalid, OutOfStock

MAX_UNITS: Final = 10**9

_MOVE: Final = sql("""
    WITH asked AS (
        SELECT * FROM unnest(CAST(:items AS bigint[]), CAST(:units AS bigint[]), CAST(:sources AS uuid[]))
            AS t(stock_item_id, units, source_id)
    ), held AS (
        SELECT id FROM catalogue.stock_item WHERE id IN (SELECT stock_item_id FROM asked) ORDER BY id FOR UPDATE
    ), added AS (
        INSERT INTO catalogue.stock_movement
            (stock_item_id, kind, on_hand_change, reserved_change, source_id, actor_id, reason, at)
        SELECT asked.stock_item_id, :kind, :on_hand * units, :reserved * units, source_id,
               CAST(:actor AS uuid), :reason, :at
        FROM asked JOIN held ON held.id = asked.stock_item_id
        ON CONFLICT (source_id, kind) WHERE source_id IS NOT NULL DO NOTHING
        RETURNING stock_item_id, on_hand_change, reserved_change
    ), change AS (
        SELECT stock_item_id, sum(on_hand_change)::bigint AS on_hand, sum(reserved_change)::bigint AS reserved
        FROM added GROUP BY stock_item_id
    ), moved AS (
        UPDATE catalogue.stock_item s
        SET on_hand = s.on_hand + change.on_hand, reserved = s.reserved + change.reserved
        FROM change
        WHERE s.id = change.stock_item_id
          AND s.reserved + change.reserved BETWEEN 0 AND s.on_hand + change.on_hand
        RETURNING s.id, s.offer_id,
            (s.on_hand > s.reserved) <> (s.on_hand - change.on_hand > s.reserved - change.reserved) AS turned
    )
    SELECT ARRAY(SELECT stock_item_id FROM asked EXCEPT SELECT id FROM held ORDER BY 1) AS unknown,
           ARRAY(SELECT stock_item_id FROM change EXCEPT SELECT id FROM moved ORDER BY 1) AS short,
           (SELECT count(*) FROM added) AS added,
           ARRAY(SELECT DISTINCT o.product_id FROM moved JOIN catalogue.offer o ON o.id = moved.offer_id
                 WHERE moved.turned ORDER BY 1) AS turned
""")


@dataclass(frozen=True, slots=True)
class Units:
    """So many units at a place because of a source (order line, shipment line, return line; None for intake and stock-taking)."""

    stock_item_id: int
    quantity: int
    source_id: uuid.UUID | None = None


def reserve(session: Session, units: Sequence[Units], at: datetime, actor_id: uuid.UUID | None) -> int:
    """Hold free units for order lines. `OutOfStock` (409; ``stock_items`` names the places) unless all of them are there."""
    return _move(session, "reserve", units, at, actor_id)


def release(session: Session, units: Sequence[Units], at: datetime, actor_id: uuid.UUID | None) -> int:
    """Give reserved units back: the line was cancelled before shipment."""
    return _move(session, "release", units, at, actor_id)


def ship(session: Session, units: Sequence[Units], at: datetime, actor_id: uuid.UUID | None) -> int:
    """Reserved units leave the place. The source is the shipment's line, so that an order may be shipped in parts."""
    return _move(session, "ship", units, at, actor_id)


def restock(
    session: Session,
    units: Sequence[Units],
    at: datetime,
    actor_id: uuid.UUID | None,
    reason: str | None = None,
) -> int:
    """Units come back fit for sale. The source is the return's line."""
    return _move(session, "restock", units, at, actor_id, reason)


def take_in(
    session: Session,
    units: Sequence[Units],
    at: datetime,
    actor_id: uuid.UUID | None,
    reason: str | None = None,
) -> int:
    """Units arrive at the place."""
    return _move(session, "intake", units, at, actor_id, reason)


def adjust(
    session: Session, units: Sequence[Units], at: datetime, actor_id: uuid.UUID | None, reason: str
) -> int:
    """Stock-taking found more (positive) or fewer (negative) units; never fewer than are reserved."""
    return _move(session, "adjust", units, at, actor_id, reason)


def _move(
    session: Session,
    kind: str,
    units: Sequence[Units],
    at: datetime,
    actor_id: uuid.UUID | None,
    reason: str | None = None,
) -> int:
    """Apply movements of one kind; returns how many were new (a source moved before is not moved again)."""
    if not units:
        return 0
    for unit in units:
        if unit.quantity == 0 or abs(unit.quantity) > MAX_UNITS or (unit.quantity < 0 and kind != "adjust"):
            raise Invalid("quantity", "数量应为正整数", pointer="/quantity")
    effect = EFFECTS[kind]
    found = (
        session.connection()
        .execute(
            _MOVE,
            {
                "items": [unit.stock_item_id for unit in units],
                "units": [unit.quantity for unit in units],
                "sources": [unit.source_id for unit in units],
                "kind": kind,
                "on_hand": effect.on_hand,
                "reserved": effect.reserved,
                "actor": actor_id,
                "reason": reason,
                "at": at,
            },
        )
        .one()
    )
    if found.unknown:
        raise Invalid("unknown_stock_item", "没有这个库存地点", pointer="/stock_item_id")
    if found.short:
        _refuse(kind, [str(item) for item in found.short])
    if found.turned:
        facts.publish(session, StockTurned(tuple(found.turned)))
    return int(found.added)


def _refuse(kind: str, items: list[str]) -> None:
    if kind == "reserve":
        raise OutOfStock("out_of_stock", "库存不足", stock_items=items)
    raise Conflict(
        "stock_not_there", f"{EFFECTS[kind].title_zh}的数量超过现有或已占用的数量", stock_items=items
    )
