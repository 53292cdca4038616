"""Which area helps which, from when to when (结对帮扶): data, many to many.

Areas only, at province, city and county level; a helper unit bound to a village or household is a matter of its own slice. A
pairing ends by a date, never by deletion, so an old statistic finds it again. Rule: docs/rules.md, "Pairings".

What was handed over ends on a day that the database knows. Every process keeps these days and reads them again when they are five
minutes old (`core.pairing_ends`); as such a day always lies after the one on which it is recorded, no process comes late.
"""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from marketplace.core import divisions
from marketplace.core.errors import Invalid

KINDS: Final = ("东西部协作", "对口支援", "省内对口帮扶", "定点帮扶")
#: How old the days may be that a process keeps.
KEPT_SECONDS: Final = 300.0
#: (helper, helped, kind, valid_from) with the last day that was handed over.
Key = tuple[str, str, str, date]
Ends = frozenset[tuple[Key, date]]
FILE: Final = Path(__file__).resolve().parents[2] / "data" / "pairings.csv"


@dataclass(frozen=True, slots=True)
class Pairing:
    """One helper area, one helped area, one kind; both days are Shanghai days and inclusive, None is open."""

    helper: str
    helped: str
    kind: str
    valid_from: date
    valid_to: date | None
    basis: str

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.helper, self.helped, self.kind, self.valid_from

    def valid_on(self, day: date) -> bool:
        """Whether the pairing ran on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@lru_cache(maxsize=1)
def all_pairings() -> tuple[Pairing, ...]:
    """Every pairing of `data/pairings.csv`, checked: known codes, known kind, days in order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_parse(row) for row in csv.DictReader(file))


def _parse(row: dict[str, str]) -> Pairing:
    pairing = Pairing(
        helper=divisions.get(row["helper"]).code,
        helped=divisions.get(row["helped"]).code,
        kind=row["kind"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        basis=row["basis"],
    )
    if pairing.kind not in KINDS:
        raise Invalid("unknown_pairing_kind", f"没有这种结对关系：{pairing.kind}", pointer="kind")
    if pairing.valid_to is not None and pairing.valid_to < pairing.valid_from:
        raise Invalid("dates_out_of_order", "结对关系的结束日早于开始日", pointer="valid_to")
    return pairing


_kept: list[tuple[float, Ends]] = [(float("-inf"), frozenset())]


def know(ends: Ends) -> None:
    """Have these days known from now on; `core.pairing_ends` reads them."""
    _kept[:] = [(time.monotonic(), ends)]


def forget_ends() -> None:
    """Know none: the process turns to another database."""
    _kept[:] = [(float("-inf"), frozenset())]


def are_old() -> bool:
    """Whether it is time to read the days again."""
    return time.monotonic() - _kept[0][0] >= KEPT_SECONDS


def ends() -> Ends:
    """The days that this process knows."""
    return _kept[0][1]


@lru_cache(maxsize=16)
def running(ends: Ends) -> tuple[Pairing, ...]:
    """All pairings with the days on which those that were handed over end, where these come before their own."""
    last = dict(ends)
    return tuple(
        replace(one, valid_to=min(filter(None, (one.valid_to, last[one.key])))) if one.key in last else one
        for one in all_pairings()
    )


def helpers_of(code: str, on: date) -> tuple[Pairing, ...]:
    """The pairings by which `code` is helped on a Shanghai day, the nearest area first.

    A pairing of a city stands for its counties too: 兴宁 is helped by 广州 because 梅州 is.
    """
    return _helpers_of(code, on, ends())


@lru_cache(maxsize=4096)
def _helpers_of(code: str, on: date, ends: Ends) -> tuple[Pairing, ...]:
    found = [p for p in running(ends) if p.valid_on(on) and divisions.covers(p.helped, code)]
    return tuple(sorted(found, key=lambda p: (-len(divisions.prefix(p.helped)), p.helped, p.helper)))


def helped_by(code: str, on: date) -> tuple[Pairing, ...]:
    """The pairings by which `code`, or the city or province it lies in, helps others on a Shanghai day, nearest first."""
    return _helped_by(code, on, ends())


@lru_cache(maxsize=4096)
def _helped_by(code: str, on: date, ends: Ends) -> tuple[Pairing, ...]:
    found = [p for p in running(ends) if p.valid_on(on) and divisions.covers(p.helper, code)]
    return tuple(sorted(found, key=lambda p: (-len(divisions.prefix(p.helper)), p.helper, p.helped)))
