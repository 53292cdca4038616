"""The table of administrative divisions, read once from `data/divisions` into memory.

Not a database table: it changes a few times a year with a release, every package needs it in pure rules, and ten
thousand rows load in some tens of milliseconds. Codes are GB/T 2260 (6 digits), GB/T 10114 towns (9) and statistical
village codes (12).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

LEVELS: Final = ("nation", "province", "city", "county", "town", "village")
NATION: Final = "000000"
FOLDER: Final = Path(__file__).resolve().parents[3] / "data" / "divisions"


@dataclass(frozen=True, slots=True)
class Division:
    """One code with one name over one stretch of time.

    `valid_from` and `valid_to` are Shanghai days, both inclusive; None is open. `parent` is None for provinces. `successor`
    is the code that took over when this one ended, None while it runs or when it was split without a principal heir.
    A village we hold no list of has its code as its name.
    """

    code: str
    name: str
    level: str
    parent: str | None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the code was in force under this name on that Shanghai day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Table:
    """All versions of all codes; the newest version of a code comes first."""

    versions: dict[str, tuple[Division, ...]]
    children: dict[str, tuple[str, ...]]
    predecessors: dict[str, tuple[str, ...]]
    towns_known_of: frozenset[str]


def _rows(name: str) -> Iterator[list[str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def table() -> Table:
    """Read the lists once per process."""
    current: dict[str, tuple[str, str]] = {NATION: ("全国", "nation")}
    for level, name in (
        ("province", "provinces"),
        ("city", "cities"),
        ("county", "counties"),
        ("town", "towns"),
    ):
        current.update((code, (title, level)) for code, title in _rows(f"{name}.csv"))
    began: dict[str, date | None] = {}
    versions: defaultdict[str, list[Division]] = defaultdict(list)
    predecessors: defaultdict[str, list[str]] = defaultdict(list)
    for code, name, level, parent, began_on, ended_on, successor, _also, _basis in _rows("changes.csv"):
        if not ended_on:
            began[code] = _day(began_on)
            continue
        ended = date.fromisoformat(ended_on)
        versions[code].append(
            Division(code, name, level, parent, _day(began_on), ended - timedelta(days=1), successor or None)
        )
        if successor:
            predecessors[successor].append(code)
    children: defaultdict[str, list[str]] = defaultdict(list)
    for code, (name, level) in current.items():
        parent_code = _parent_of(code, level, current)
        versions[code].insert(0, Division(code, name, level, parent_code, began.get(code)))
        children[parent_code or NATION].append(code)
    children[NATION].remove(NATION)
    return Table(
        versions={code: tuple(rows) for code, rows in versions.items()},
        children={code: tuple(sorted(codes)) for code, codes in children.items()},
        predecessors={code: tuple(codes) for code, codes in predecessors.items()},
        towns_known_of=frozenset(code[:2] for code in current if len(code) == 9),
    )


def _parent_of(code: str, level: str, current: dict[str, tuple[str, str]]) -> str | None:
    """The code one level up: towns of 东莞 and 中山 lie directly under the city, 省直辖 counties under the province."""
    if level in ("nation", "province"):
        return None
    if level == "city":
        return code[:2] + "0000"
    if level == "county":
        city = code[:4] + "00"
        return city if city in current else code[:2] + "0000"
    return code[:6]
