"""Reserve filings of 2020: budget units declare their canteens, the finance departments accept; a few are late or silent."""

from __future__ import annotations

from datetime import date
from typing import Final

from marketplace.accounts.service.filings import NewFiling, file, review
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.buyers import PlannedBuyer

YEAR: Final = 2020
_FILED: Final = date(2020, 3, 16)
_REVIEWED: Final = date(2020, 3, 23)


def build(demo: Demo) -> None:
    """File for the budget units, most with a canteen of their own; one in fifteen is silent."""
    units = [one for one in demo.world.buyers if one.kind == "budget_unit"]
    filed = []
    with on(_FILED) as session:
        for place, unit in enumerate(units):
            if place % 15 != 14:
                filed.append(file(session, demo.actors[unit.key], _new(demo, place, unit, units)).id)
    with on(_REVIEWED) as session:
        for filing_id in filed:
            review(session, demo.actors["treasury|000000"], filing_id, accept=True, opinion=f"{MARK}:同意")
    demo.tick(1)


def _new(demo: Demo, place: int, unit: PlannedBuyer, units: list[PlannedBuyer]) -> NewFiling:
    organisation = demo.organisations[unit.key]
    if place % 15 == 4:
        return NewFiling(organisation, YEAR, "none", 0, 0)
    if place % 15 == 9 and units[place - 1].area == unit.area:
        return NewFiling(organisation, YEAR, "shared", 0, 0, demo.organisations[units[place - 1].key])
    total_fen = 100_000 * demo.draw.between(400, 1_400, "canteen", unit.key)
    kind = "outsourced" if place % 15 == 12 else "own"
    return NewFiling(organisation, YEAR, kind, total_fen, 1_000 if place % 4 else 1_500)
