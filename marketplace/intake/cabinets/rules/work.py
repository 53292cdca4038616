"""What is to be done at a cabinet: slots filled up to their capacity, lots taken out before they expire.

Source: docs/rules.md, "Stock of a cabinet": a slot below its par level is filled up; a lot is recalled in its last three
days, and whatever stands in a slot that is planned for other goods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from marketplace.intake.cabinets.rules.goods import MILLI
from marketplace.intake.cabinets.rules.shelf import Lot

#: Why there is something to do: code → words for people.
CAUSES: Final = {
    "par": "低于补货线",
    "expiry": "临近或超过保质期",
    "unplanned": "不在现行陈列图中",
    "recall": "召回",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of the planogram in force: whole units."""

    code: str
    goods_key: str
    capacity: int
    par_level: int


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do: bring or take out so many units of the goods at a slot, of a lot where it is one's matter."""

    kind: str  # restock | recall
    cause: str
    goods_key: str
    slot: str
    lot_no: str
    units: int
    due_on: date


def to_restock(slots: Iterable[Slot], in_slots: Mapping[tuple[str, str], int], today: date) -> list[Work]:
    """Slots below their par level. `in_slots` is (goods, slot) → thousandths."""
    found = []
    for slot in slots:
        there = max(0, in_slots.get((slot.goods_key, slot.code), 0)) // MILLI
        if there < slot.par_level:
            found.append(Work("restock", "par", slot.goods_key, slot.code, "", slot.capacity - there, today))
    return found


def to_recall(
    slots: Iterable[Slot], lots: Mapping[tuple[str, Lot], int], today: date, days: int
) -> list[Work]:
    """Lots in their last `days` days or past them, and goods in slots of others. `lots` is (goods, lot) → thousandths."""
    planned = {(slot.goods_key, slot.code) for slot in slots}
    found = []
    for (goods, lot), milli in lots.items():
        units = -(-milli // MILLI)
        if lot.expires_on is not None and lot.expires_on - timedelta(days=days) < today:
            due = max(today, lot.expires_on)
            found.append(Work("recall", "expiry", goods, lot.slot, lot.lot_no, units, due))
        elif lot.slot and (goods, lot.slot) not in planned:
            found.append(Work("recall", "unplanned", goods, lot.slot, lot.lot_no, units, today))
    return found
