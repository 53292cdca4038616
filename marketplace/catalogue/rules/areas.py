"""Which areas are 帮扶地区: the ones whose goods without certificate are `area_produce` (产自帮扶地区但未认定).

Two sources, both data with dates: areas that a pairing helps, and the counties of `data/assisted_areas.csv`. Rule: docs/rules.md,
"Goods class".
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from marketplace.core import divisions
from marketplace.core.pairings import Ends, ends, helpers_of

FILE: Final = Path(__file__).resolve().parents[3] / "data" / "assisted_areas.csv"


@dataclass(frozen=True, slots=True)
class AssistedArea:
    """An area on a list of assisted ones; both days are inclusive Shanghai days, None is open."""

    code: str
    valid_from: date
    valid_to: date | None
    basis: str


@lru_cache(maxsize=1)
def assisted_areas() -> tuple[AssistedArea, ...]:
    """The lists, read once; an unknown code is an error of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            AssistedArea(
                divisions.get(row["code"]).code,
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                row["basis"],
            )
            for row in csv.DictReader(file)
        )


def is_assisted(origin_area: str, day: date) -> bool:
    """Whether goods of that origin come from an assisted area on that Shanghai day."""
    return _is_assisted(origin_area, day, ends())


@lru_cache(maxsize=4096)
def _is_assisted(origin_area: str, day: date, _ends: Ends) -> bool:
    if helpers_of(origin_area, day):
        return True
    return any(
        area.valid_from <= day
        and (area.valid_to is None or day <= area.valid_to)
        and divisions.covers(area.code, origin_area)
        for area in assisted_areas()
    )
