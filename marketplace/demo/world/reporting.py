"""Who declares what when: the province, its cities with an office, and the counties of 梅州; and what becomes of each month.

A county declares by the 8th, a city by the 10th, the province by the 12th of the month after.  Two months are whole, the third
is on its way, so that every state of a declaration is there to be looked at, and the next step to be taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

PROVINCE: Final = "440000"
CITY: Final = "441400"
#: The duty runs from here: the first month to be declared is September.
FROM_DAY: Final = date(2020, 9, 1)
FIRST, SECOND, THIRD = "2020-09", "2020-10", "2020-11"
PERIODS: Final = (FIRST, SECOND, THIRD)
#: Last day in time, by level: of the month after.
DUE_DAYS: Final = {"county": 8, "city": 10, "province": 12}

SENT, RETURNED_ONCE, CORRECTED, SILENT, LISTED, DRAFT, SUBMITTED, REVIEWED, RETURNED = (
    "sent", "returned_once", "corrected", "silent", "listed", "draft", "submitted", "reviewed", "returned",
)  # fmt: skip
#: (month, area) → what becomes of it, where it is not simply filled in, reviewed and sent.
_COURSES: Final[Mapping[tuple[str, str], str]] = {
    (FIRST, "441424"): RETURNED_ONCE,
    (FIRST, "441403"): CORRECTED,
    (SECOND, "441423"): LISTED,
    (THIRD, "441402"): DRAFT,
    (THIRD, "441403"): SUBMITTED,
    (THIRD, "441422"): REVIEWED,
    (THIRD, "441424"): RETURNED,
    (THIRD, "441481"): SILENT,
    (THIRD, CITY): SILENT,
    (THIRD, PROVINCE): SILENT,
}


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """An office that owes R1 over its area; `filler`, `reviewer` and `sender` are the keys of its three persons."""

    area: str
    level: str
    filler: str
    reviewer: str
    sender: str


def plan_units(areas: Mapping[str, str]) -> tuple[PlannedUnit, ...]:
    """Return the units among offices (area → level), from the counties up, so that nobody sends before those below."""
    fillers = {
        "county": ("county", "decider"),
        "city": ("statistician", "city"),
        "province": ("statistician", "province"),
    }
    found = []
    for level in DUE_DAYS:
        filler, reviewer = fillers[level]
        found += [
            PlannedUnit(area, level, f"{filler}|{area}", f"{reviewer}|{area}", f"issuer|{area}")
            for area, its_level in sorted(areas.items())
            if its_level == level and _owes(area, level)
        ]
    return tuple(found)


def course_of(period: str, area: str) -> str:
    """Return what becomes of an area's declaration of a month."""
    return _COURSES.get((period, area), SENT)


def _owes(area: str, level: str) -> bool:
    inside = CITY if level == "county" else PROVINCE
    return area.startswith(inside[:4] if level == "county" else inside[:2])
