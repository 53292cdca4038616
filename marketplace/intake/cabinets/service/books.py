"""The books of a cabinet's stock: movements written once, folded in the order in which they happened, and what that finds.

Who books holds the cabinet's row, so that restockers, counters and batches of one device come one after the other. A movement
that lies before what is booked (a device spoke late, a sale was corrected) has the goods folded anew from their first movement;
what counts had called shrinkage is then put right by further rows, never by editing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.intake.cabinets.models import Cabinet, CabinetMovement, CabinetStock
from marketplace.intake.cabinets.rules import shelf_json
from marketplace.intake.cabinets.rules.goods import Goods
from marketplace.intake.cabinets.rules.shelf import INWARD, Event, Seen, Shelf, fold
from marketplace.intake.cabinets.service.findings import keep_findings

_WITHDRAWN: Final = "sale_withdrawn"
_IN: Final = INWARD | {_WITHDRAWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A movement to book: `milli` thousandths, always positive (0 for a count); `source_id` so that it is booked once."""

    goods: Goods
    kind: str
    at: datetime
    milli: int = 0
    source_id: uuid.UUID | None = None
    slot: str = ""
    lot_no: str = ""
    expires_on: date | None = None
    counted: Mapping[str, int] | None = None
    reason: str | None = None

    @property
    def change_milli(self) -> int:
        """What it adds to the balance."""
        return self.milli if self.kind in _IN else -self.milli


def lock_cabinets(session: Session, channel_id: uuid.UUID) -> dict[uuid.UUID, Cabinet]:
    """The cabinets of a channel by device, all held until the transaction ends, in ascending order.

    All of them, whoever moves one: what orders may take is the channel's matter, and nobody waits for a second one later.
    """
    rows = session.scalars(
        select(Cabinet).where(Cabinet.channel_id == channel_id).order_by(Cabinet.device_id).with_for_update()
    )
    return {one.device_id: one for one in rows}


def book(
    session: Session, cabinet: Cabinet, movements: Sequence[Movement], actor_id: uuid.UUID | None = None
) -> int:
    """Book what is not booked yet, with everything that follows from it; how many were new. The cabinet is held by the caller."""
    written = _write(session, cabinet, movements, actor_id)
    if not written:
        return 0
    stocks = _stocks(session, cabinet, movements)
    new: dict[str, list[CabinetMovement]] = {}
    for row in written:
        new.setdefault(row.goods_key, []).append(row)
    for key in sorted(new):
        _refold(session, cabinet, stocks[key], new[key])
    session.flush()
    return len(written)


def shelf_of(stock: CabinetStock) -> Shelf:
    """The goods as they stand."""
    return shelf_json.load(stock.shelf)


def _write(
    session: Session, cabinet: Cabinet, movements: Sequence[Movement], actor_id: uuid.UUID | None
) -> Sequence[CabinetMovement]:
    if not movements:
        return ()
    now = utcnow()
    rows = [
        {
            "device_id": cabinet.device_id,
            "goods_key": one.goods.key,
            "kind": one.kind,
            "change_milli": one.change_milli,
            "at": one.at,
            "recorded_at": now,
            "slot_code": one.slot or None,
            "lot_no": one.lot_no or None,
            "expires_on": one.expires_on,
            "counted": None if one.counted is None else dict(one.counted),
            "about_no": None,
            "source_id": one.source_id,
            "actor_id": actor_id,
            "reason": one.reason,
        }
        for one in movements
    ]
    statement = (
        insert(CabinetMovement)
        .on_conflict_do_nothing(
            index_elements=["source_id", "kind", "goods_key"], index_where=sql("source_id IS NOT NULL")
        )
        .returning(CabinetMovement)
    )
    return session.scalars(statement, rows).all()


def _stocks(session: Session, cabinet: Cabinet, movements: Sequence[Movement]) -> dict[str, CabinetStock]:
    goods = {one.goods.key: one.goods for one in movements}
    session.execute(
        insert(CabinetStock).on_conflict_do_nothing(),
        [
            {
                "device_id": cabinet.device_id,
                "goods_key": key,
                "product_id": one.product_id,
                "goods_name": one.name,
                "on_hand_milli": 0,
                "shelf": {},
            }
            for key, one in sorted(goods.items())
        ],
    )
    found = session.scalars(
        select(CabinetStock)
        .where(CabinetStock.device_id == cabinet.device_id, CabinetStock.goods_key.in_(goods))
        .execution_options(populate_existing=True)
    )
    return {one.goods_key: one for one in found}


def _refold(session: Session, cabinet: Cabinet, stock: CabinetStock, new: Sequence[CabinetMovement]) -> None:
    """Fold the new movements onto what stands there; all of them anew when one lies further back or takes one away."""
    shelf = shelf_of(stock)
    events = [event_of(row) for row in new if row.kind != _WITHDRAWN]
    is_late = len(events) < len(new) or any(
        shelf.last is not None and one.order <= shelf.last for one in events
    )
    if is_late:
        shelf, events = Shelf(), _all_events(session, cabinet, stock.goods_key)
    seen = fold(shelf, events)
    change = sum(row.change_milli for row in new) + _put_right(session, cabinet, stock, seen, events)
    stock.on_hand_milli += change
    stock.shelf = shelf_json.dump(shelf)
    if stock.on_hand_milli != shelf.balance:
        raise ValueError(f"the movements of {stock.goods_key} do not come to its balance")
    keep_findings(session, cabinet, stock, seen, is_whole=is_late)


def _all_events(session: Session, cabinet: Cabinet, goods_key: str) -> list[Event]:
    """Every movement of the goods that still stands."""
    rows = session.scalars(
        select(CabinetMovement).where(
            CabinetMovement.device_id == cabinet.device_id,
            CabinetMovement.goods_key == goods_key,
            CabinetMovement.kind != "shrinkage",
        )
    ).all()
    gone = {row.source_id for row in rows if row.kind == _WITHDRAWN}
    return [
        event_of(row)
        for row in rows
        if row.kind != _WITHDRAWN and not (row.kind == "sale" and row.source_id in gone)
    ]


def event_of(row: CabinetMovement) -> Event:
    """A movement as the rules see it."""
    return Event(
        no=row.movement_no,
        at=row.at,
        kind=row.kind,
        milli=abs(row.change_milli),
        slot=row.slot_code or "",
        lot_no=row.lot_no or "",
        expires_on=row.expires_on,
        counted=row.counted,
    )


def _put_right(
    session: Session, cabinet: Cabinet, stock: CabinetStock, seen: Seen, events: Sequence[Event]
) -> int:
    """Book shrinkage as far as it differs from what is booked; what that adds to the balance."""
    if not seen.shrinkage:
        return 0
    booked: dict[int, int] = {}
    for about, milli in session.execute(
        select(CabinetMovement.about_no, func.sum(CabinetMovement.change_milli))
        .where(CabinetMovement.about_no.in_(seen.shrinkage))
        .group_by(CabinetMovement.about_no)
    ):
        booked[int(about or 0)] = int(milli)
    at = {event.no: event.at for event in events}
    now, rows = utcnow(), []
    for about, milli in sorted(seen.shrinkage.items()):
        if milli != booked.get(about, 0):
            rows.append(_shrinkage(cabinet, stock, about, milli - booked.get(about, 0), at[about], now))
            rows[-1]["reason"] = "late_report" if about in booked else "count"
    if rows:
        session.execute(insert(CabinetMovement), rows)
    return sum(row["change_milli"] for row in rows)


def _shrinkage(
    cabinet: Cabinet, stock: CabinetStock, about: int, change: int, at: datetime, now: datetime
) -> dict[str, Any]:
    return {
        "device_id": cabinet.device_id,
        "goods_key": stock.goods_key,
        "kind": "shrinkage",
        "change_milli": change,
        "at": at,
        "recorded_at": now,
        "counted": None,
        "about_no": about,
    }
