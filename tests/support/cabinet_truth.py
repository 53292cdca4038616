"""What a person with pencil and paper makes of what happened at a slot: unit by unit, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from marketplace.core.clock import day_of

UNDATED: Final = date.max
_ORDER: Final = {"restock": 0, "refund": 1, "sale": 2, "recall": 3, "count": 4}


@dataclass
class Reckoning:
    """The box as it is: the last day of each unit in it, how many were sold that were not there, and what was found."""

    box: list[date] = field(default_factory=list)
    missing: int = 0
    shrunk: int = 0
    gaps: dict[datetime, tuple[int, int]] = field(default_factory=dict)  # since → (there, sold)
    stale: dict[date, int] = field(default_factory=dict)  # last day → units sold after it
    since: datetime | None = None
    came: int = 0
    went: int = 0
    deepest: int = 0

    @property
    def balance(self) -> int:
        return len(self.box) - self.missing

    def count(self, units: int) -> None:
        self.shrunk += units - self.balance
        dated = sorted(day for day in self.box if day != UNDATED)
        self.box = dated[max(0, len(dated) - units) :] + [UNDATED] * max(0, units - len(dated))
        self.missing, self.since = 0, None

    def bring(self, units: int, last_day: date | None) -> None:
        self.came += units
        made_up = min(self.missing, units)
        self.missing -= made_up
        self.box += [last_day or UNDATED] * (units - made_up)

    def take(self, at: datetime, units: int, *, is_sale: bool) -> None:
        if self.since is not None:
            self.went += units
        elif units > len(self.box):
            self.since, self.came, self.went, self.deepest = at, len(self.box), units, 0
        for _ in range(units):
            if not self.box:
                self.missing += 1
                continue
            taken = min(self.box)
            self.box.remove(taken)
            if is_sale and taken < day_of(at):
                self.stale[taken] = self.stale.get(taken, 0) + 1

    def look(self) -> None:
        if self.since is not None and self.missing > self.deepest:
            self.deepest = self.missing
            self.gaps[self.since] = (self.came, self.went)
        if not self.missing:
            self.since = None


@dataclass
class Truth:
    """Everything that happened: (when, what, units, last day)."""

    happened: list[tuple[datetime, str, int, date | None]] = field(default_factory=list)

    def note(self, at: datetime, what: str, units: int, last_day: date | None = None) -> None:
        self.happened.append((at, what, units, last_day))

    def forget(self, at: datetime, what: str, units: int) -> None:
        self.happened.remove((at, what, units, None))

    def reckon(self) -> Reckoning:
        found = Reckoning()
        for at, what, units, last_day in sorted(self.happened, key=lambda one: (one[0], _ORDER[one[1]])):
            if what == "count":
                found.count(units)
            elif what in ("restock", "refund"):
                found.bring(units, last_day)
            else:
                found.take(at, units, is_sale=what == "sale")
            found.look()
        return found
