"""From where on a figure is to be checked: rows of `data/check_thresholds.csv`, by check, area and first day.

A nearer area goes before the nation, a later row before an earlier one (docs/rules.md, "Check list").
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from marketplace.core import divisions

CHECKS: Final = ("returns",)
FILE: Final = Path(__file__).resolve().parents[2] / "data" / "check_thresholds.csv"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Above `limit_bp` basis points a check is due, in the area from the day on."""

    check: str
    area_code: str
    valid_from: date
    limit_bp: int
    source: str


@lru_cache(maxsize=1)
def all_thresholds() -> tuple[Threshold, ...]:
    """Every row of the file. ValueError for an unknown check or a limit that is no share."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_parse(row) for row in csv.DictReader(file))


def _parse(row: dict[str, str]) -> Threshold:
    limit_bp = int(row["limit_bp"])
    if row["check"] not in CHECKS or not 0 <= limit_bp <= 10_000:
        raise ValueError(f"no such threshold: {row}")
    area = divisions.get(row["area_code"]).code
    return Threshold(row["check"], area, date.fromisoformat(row["valid_from"]), limit_bp, row["source"])


def limit_bp(check: str, area_code: str, on: date) -> int:
    """The limit that holds for a place on a Shanghai day. LookupError when the file has none, which a test excludes."""
    return chosen(all_thresholds(), check, area_code, on)


def chosen(rows: tuple[Threshold, ...], check: str, area_code: str, on: date) -> int:
    """The same out of given rows."""
    found = [
        one
        for one in rows
        if one.check == check and one.valid_from <= on and divisions.covers(one.area_code, area_code)
    ]
    if not found:
        raise LookupError(f"no threshold of {check} in {area_code} on {on}")
    return max(found, key=lambda one: (len(divisions.prefix(one.area_code)), one.valid_from)).limit_bp
