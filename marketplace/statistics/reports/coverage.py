"""三专一平台覆盖表: which areas have a counter, a hall, a zone, a platform hall and an innovation base at the month's end.

The plan behind it: all 21 cities of Guangdong covered, one innovation base each at least (docs/rules.md, "Coverage report"). By
the place of the point of sale; opening and closing days decide, so a past month is what it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from marketplace.core.clock import period_days
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.position import books_position
from marketplace.statistics.reports.coverage_figures import PARTS, areas_of, points_of
from marketplace.statistics.reports.protocol import Column, ReportRequest, ReportTable, Value

COLUMNS: Final = (
    Column("area", "地区", "text"),
    Column("counters", "专柜(在运营)", "count"),
    Column("halls", "专馆(线下)(在运营)", "count"),
    Column("zones", "专区(在运营)", "count"),
    Column("platform_halls", "平台馆(在运营)", "count"),
    Column("innovation_bases", "双创基地(在运营)", "count"),
    Column("gaps", "缺项", "text"),
)


class CoverageReport:
    """Coverage of an area's parts."""

    code: ClassVar[str] = "COVERAGE"
    title_zh: ClassVar[str] = "三专一平台覆盖情况表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """Every area of the level below the asked one, with what it lacks; below the total, how many have each."""
        points = points_of(session, request)
        keys = areas_of(request, points)
        rows = [[area_title(key), *counts(points[key]), gaps_text(points[key])] for key in keys]
        total: list[Value] = ["合计", *counts(sum(points.values(), Counter())), ""]
        covered: list[Value] = [sum(points[key][code] > 0 for key in keys) for code in PARTS]
        whole = sum(not gaps(points[key]) for key in keys)
        day = period_days(request.period)[1] - timedelta(days=1)
        position, last_entry = books_position(session, request.period)
        notes = [
            "按销售点所在地统计,为统计期末仍开放的销售点;平台馆为线上专馆,双创基地为设在消费扶贫双创基地的销售点。",
            "已覆盖地区数为至少有一处的地区数,缺项栏的数字为五项齐全的地区数;登记在上级地区的销售点只计入合计。",
            f"统计截止日:{day.isoformat()}。",
        ]
        more: list[list[Value]] = [
            ["已覆盖地区数", *covered, f"{whole}/{len(keys)}"],
            [
                "未覆盖地区数",
                *(len(keys) - int(one or 0) for one in covered),
                f"{len(keys) - whole}/{len(keys)}",
            ],
        ]
        return ReportTable(COLUMNS, rows, total, notes, position, last_entry, more)


def counts(points: Mapping[str, int]) -> list[Value]:
    """Points in operation in the order of the columns."""
    return [points[code] for code in PARTS]


def gaps(points: Mapping[str, int]) -> list[str]:
    """Titles of what an area lacks."""
    return [title for code, title in PARTS.items() if not points[code]]


def gaps_text(points: Mapping[str, int]) -> str:
    """The same as printed; empty where nothing is missing."""
    return "、".join(gaps(points))
