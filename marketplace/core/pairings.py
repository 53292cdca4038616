"""Which area helps which, from when to when (结对帮扶): data, many to many.

Areas only, at province, city and county level; a helper unit bound to a village or household is a matter of its own slice. A
pairing ends by a date, never by deletion, so an old statistic finds it again. Rule: docs/rules.md, "Pairings".
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from marketplace.core import divisions
from marketplace.core.errors import Invalid

KINDS: Final = ("东西部协作", "对口支援", "省内对口帮扶", "定点帮扶")
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


@lru_cache(maxsize=4096)
def helpers_of(code: str, on: date) -> tuple[Pairing, ...]:
    """The pairings by which `code` is helped on a Shanghai day, the nearest area first.

    A pairing of a city stands for its counties too: 兴宁 is helped by 广州 because 梅州 is.
    """
    found = [p for p in all_pairings() if p.valid_on(on) and divisions.covers(p.helped, code)]
    return tuple(sorted(found, key=lambda p: (-len(divisions.prefix(p.helped)), p.helped, p.helper)))


@lru_cache(maxsize=4096)
def helped_by(code: str, on: date) -> tuple[Pairing, ...]:
    """The pairings by which `code`, or the city or province it lies in, helps others on a Shanghai day, nearest first."""
    found = [p for p in all_pairings() if p.valid_on(on) and divisions.covers(p.helper, code)]
    return tuple(sorted(found, key=lambda p: (-len(divisions.prefix(p.helper)), p.helper, p.helped)))
