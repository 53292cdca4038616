"""Distinct households and persons of all levels: sums of counties, exact where one instance alone counts a county's households.

A household lives in one county, so counties sum exactly. A county whose households two instances count (goods sold through both)
may hold the same household twice: there the sum is an upper bound, 上限, and so is every total over it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.core.actor import area_prefix
from marketplace.intake.rules.upward_totals import HEADS
from marketplace.intake.service.upward_standing import Held
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.upward.report import OWN, Asked
from marketplace.statistics.upward.totals import households_by_county

EXACT: Final = ""
UPPER_BOUND: Final = "上限"


def heads_of(session: Session, asked: Asked, held_by_source: Sequence[Held]) -> dict[str, Any]:
    """By county, and the whole, for the last month asked about. `missing`: sources that sealed none; nothing of them is in."""
    by_county: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for area, figures in households_by_county(session, asked.to_period).items():
        by_county[area][OWN] = figures
    missing = []
    for held in held_by_source:
        if held.sealed is None:
            missing.append(held.source.source)
            continue
        for area, figures in held.sealed.households.items():
            by_county[area][held.source.source] = figures
    rows = [
        {
            "area": area,
            "title": area_title(area),
            "sources": sorted(sides),
            "bound": EXACT if len(sides) == 1 else UPPER_BOUND,
            **{name: sum(figures[name] for figures in sides.values()) for name in HEADS},
        }
        for area, sides in sorted(by_county.items())
        if _is_seen(area, asked)
    ]
    return {
        "period": asked.to_period,
        "rows": rows,
        "total": {name: sum(row[name] for row in rows) for name in HEADS},
        "bound": EXACT if all(row["bound"] == EXACT for row in rows) else UPPER_BOUND,
        "missing": missing,
    }


def _is_seen(area: str, asked: Asked) -> bool:
    return area.startswith(area_prefix(asked.area)) and any(
        area.startswith(area_prefix(one)) for one in asked.areas
    )
