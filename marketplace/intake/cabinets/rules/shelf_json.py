"""A shelf as JSON values and back, so that a batch goes on from where the last one ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from marketplace.intake.cabinets.rules.shelf import Gap, Lot, Shelf, Stale


def dump(shelf: Shelf) -> dict[str, Any]:
    """JSON values only."""
    gap = shelf.gap
    return {
        "lots": [
            [*_lot(lot), milli] for lot, milli in sorted(shelf.lots.items(), key=lambda one: one[0].order)
        ],
        "owed": shelf.owed,
        "gap": None
        if gap is None
        else {one.name: getattr(gap, one.name) for one in fields(gap)} | {"since": gap.since.isoformat()},
        "stale": [[*_lot(one.lot), one.since.isoformat(), one.milli] for one in shelf.stale.values()],
        "last": None if shelf.last is None else [shelf.last[0].isoformat(), *shelf.last[1:]],
    }


def load(values: Mapping[str, Any]) -> Shelf:
    """What `dump` made; an empty shelf of an empty mapping."""
    if not values:
        return Shelf()
    gap, last = values["gap"], values["last"]
    stale = [
        Stale(_read(lot), datetime.fromisoformat(since), milli) for *lot, since, milli in values["stale"]
    ]
    return Shelf(
        lots={_read(lot): milli for *lot, milli in values["lots"]},
        owed=values["owed"],
        gap=None if gap is None else Gap(**gap | {"since": datetime.fromisoformat(gap["since"])}),
        stale={one.lot: one for one in stale},
        last=None if last is None else (datetime.fromisoformat(last[0]), last[1], last[2]),
    )


def _lot(lot: Lot) -> list[str | None]:
    return [lot.slot, lot.lot_no, None if lot.expires_on is None else lot.expires_on.isoformat()]


def _read(values: list[Any]) -> Lot:
    slot, lot_no, expires_on = values
    return Lot(slot, lot_no, None if expires_on is None else date.fromisoformat(expires_on))
