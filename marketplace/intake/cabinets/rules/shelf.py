"""What of one sort of goods stands in a device, as a fold over its movements in the order in which they happened.

Devices speak late, so movements are written in another order than that in which they happened; the truth is the order of `at`.
A sale takes first what expires first. What is sold beyond what was there is owed: the balance goes below zero, and the gap is
found with both figures. A count says what is there: what it differs by is shrinkage, and nothing is owed any more.
Source: docs/rules.md, "Stock of a cabinet".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from marketplace.core.clock import day_of

#: Of movements at one instant: what comes in before what goes out, and a count sees them all.
RANK: Final[Mapping[str, int]] = {
    "restock": 0,
    "refund": 1,
    "order_back": 1,
    "sale": 2,
    "order_out": 2,
    "recall": 3,
    "count": 4,
}
INWARD: Final = frozenset({"restock", "refund", "order_back"})
SOLD: Final = frozenset({"sale", "order_out"})
_LAST_DAY: Final = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A movement: `milli` thousandths of a unit, always positive; `counted` thousandths by slot, of a count."""

    no: int
    at: datetime
    kind: str
    milli: int = 0
    slot: str = ""
    lot_no: str = ""
    expires_on: date | None = None
    counted: Mapping[str, int] | None = None

    @property
    def order(self) -> tuple[datetime, int, int]:
        """By it movements are sorted."""
        return self.at, RANK[self.kind], self.no


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of one lot in one slot. Empty where nobody said which."""

    slot: str
    lot_no: str
    expires_on: date | None  # the last day on which it may be sold

    @property
    def order(self) -> tuple[date, str, str]:
        """First expired, first out; what has no day comes last."""
        return self.expires_on or _LAST_DAY, self.slot, self.lot_no


@dataclass(slots=True)
class Gap:
    """A time in which more had gone out than was there. `there` and `sold` are as of its deepest point (thousandths)."""

    since: datetime
    came: int
    went: int
    there: int = 0
    sold: int = 0

    @property
    def short(self) -> int:
        """By how much."""
        return self.sold - self.there


@dataclass(slots=True)
class Stale:
    """Units of a lot that were sold after its last day."""

    lot: Lot
    since: datetime
    milli: int


@dataclass(slots=True)
class Shelf:
    """The goods as they stand after some movements, with what was found on the way."""

    lots: dict[Lot, int] = field(default_factory=dict)
    owed: int = 0
    gap: Gap | None = None
    stale: dict[Lot, Stale] = field(default_factory=dict)
    last: tuple[datetime, int, int] | None = None

    @property
    def balance(self) -> int:
        """Thousandths of a unit; below zero while more is known to be sold than was brought."""
        return sum(self.lots.values()) - self.owed

    def in_slots(self) -> dict[str, int]:
        """Thousandths by slot."""
        found: dict[str, int] = {}
        for lot, milli in self.lots.items():
            found[lot.slot] = found.get(lot.slot, 0) + milli
        return found


@dataclass(slots=True)
class Seen:
    """What a fold found: gaps by the instant they began, shrinkage by count, stale sales by lot."""

    gaps: dict[datetime, Gap] = field(default_factory=dict)
    shrinkage: dict[int, int] = field(default_factory=dict)
    stale: dict[Lot, Stale] = field(default_factory=dict)


def fold(shelf: Shelf, events: Iterable[Event]) -> Seen:
    """Let the movements happen to the shelf, in their order. ValueError for one that lies before what has happened."""
    seen = Seen()
    for event in sorted(events, key=lambda one: one.order):
        if shelf.last is not None and event.order <= shelf.last:
            raise ValueError("a movement lies before what has happened")
        shelf.last = event.order
        if event.kind == "count":
            seen.shrinkage[event.no] = _count(shelf, event.counted or {})
        elif event.kind in INWARD:
            _bring(shelf, event)
        else:
            _take(shelf, event, seen)
        if shelf.gap is not None:
            seen.gaps[shelf.gap.since] = shelf.gap
            if shelf.owed == 0:
                shelf.gap = None
    return seen


def _bring(shelf: Shelf, event: Event) -> None:
    """What was sold too much is made up first."""
    made_up = min(shelf.owed, event.milli)
    shelf.owed -= made_up
    if shelf.gap is not None:
        shelf.gap.came += event.milli
    if event.milli > made_up:
        lot = Lot(event.slot, event.lot_no, event.expires_on)
        shelf.lots[lot] = shelf.lots.get(lot, 0) + event.milli - made_up


def _take(shelf: Shelf, event: Event, seen: Seen) -> None:
    was_there, left = sum(shelf.lots.values()), event.milli
    for lot in sorted(shelf.lots, key=lambda one: _preference(event, one)):
        taken = min(left, shelf.lots[lot])
        _draw(shelf, lot, taken)
        left -= taken
        is_past = lot.expires_on is not None and lot.expires_on < day_of(event.at)
        if taken and is_past and event.kind in SOLD:
            stale = shelf.stale.setdefault(lot, Stale(lot, event.at, 0))
            stale.milli += taken
            seen.stale[lot] = stale
        if not left:
            break
    shelf.owed += left
    if shelf.gap is not None:
        shelf.gap.went += event.milli
    elif left:
        shelf.gap = Gap(event.at, was_there, event.milli)
    if shelf.gap is not None and shelf.owed > shelf.gap.short:
        shelf.gap.there, shelf.gap.sold = shelf.gap.came, shelf.gap.went


def _preference(event: Event, lot: Lot) -> tuple[bool, bool, tuple[date, str, str]]:
    """A recall names its slot and lot; a sale takes what expires first."""
    if event.kind != "recall":
        return False, False, lot.order
    elsewhere = lot.slot != event.slot
    return elsewhere, elsewhere or lot.lot_no != event.lot_no, lot.order


def _draw(shelf: Shelf, lot: Lot, milli: int) -> None:
    shelf.lots[lot] -= milli
    if not shelf.lots[lot]:
        del shelf.lots[lot]


def _count(shelf: Shelf, counted: Mapping[str, int]) -> int:
    """How much more (positive) or less is there than was thought.

    What is missing is taken for units of no known day first, then for what expires first: dated lots stay under watch.
    """
    differs = sum(counted.values()) - shelf.balance
    shelf.owed = 0
    for slot, milli in shelf.in_slots().items():
        surplus = milli - counted.get(slot, 0)
        here = [one for one in shelf.lots if one.slot == slot]
        for lot in sorted(here, key=lambda one: (one.expires_on is not None, one.order)):
            taken = max(0, min(surplus, shelf.lots[lot]))
            _draw(shelf, lot, taken)
            surplus -= taken
    have = shelf.in_slots()
    for slot, milli in counted.items():
        if milli > have.get(slot, 0):
            lot = Lot(slot, "", None)
            shelf.lots[lot] = shelf.lots.get(lot, 0) + milli - have.get(slot, 0)
    return differs
