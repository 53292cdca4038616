"""R7 公示: households per village as they may be published online: counts only, 少于3户 under three.

No names, no masked rows: those hang on the printed board of the village alone (docs/rules.md, "Public notice by village"). Where
the total would give a withheld count away, another village's count is withheld with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import VillageCollective
from marketplace.core import divisions
from marketplace.core.clock import period_days
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reports.protocol import Column, ReportRequest, ReportTable, Value
from marketplace.statistics.reports.small_counts import published

COLUMNS: Final = (
    Column("area", "市/县/镇", "text"),
    Column("village", "村", "text"),
    Column("rostered", "在册户数", "text"),
    Column("persons_rostered", "在册人数", "text"),
    Column("covered", "带动户数(覆盖)", "text"),
    Column("persons_covered", "带动人数(覆盖)", "text"),
    Column("benefited", "受益户数(实证)", "text"),
    Column("persons_benefited", "受益人数(实证)", "text"),
)
_COLLECTIVE: Final = re.compile("(?:股份)?经济(?:合作|联合)(?:总)?社")
_MEANINGS: Final = ("rostered", "covered", "benefited")


class NoticeReport:
    """R7."""

    code: ClassVar[str] = "R7"
    title_zh: ClassVar[str] = "带贫成效公示表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per village of the area with households in a roster, by village code; the year so far."""
        answer = ask(
            session,
            Question(
                measures=tuple(
                    f"{what}_{meaning}" for meaning in _MEANINGS for what in ("households", "persons")
                ),
                by=("household_area",),
                level="village",
                from_period=f"{request.period[:4]}-01",
                to_period=request.period,
                filters={"household_area": request.area},
                on=period_days(request.period)[1] - timedelta(days=1),
            ),
        )
        seen = {
            str(row.key[0]): row.figures
            for row in answer.rows
            if any(divisions.covers(area, str(row.key[0])) for area in request.areas)
        }
        columns = [column for meaning in _MEANINGS for column in _published(seen, meaning)]
        names = _names(session, list(seen))
        rows: list[list[Value]] = [
            [_town(code), names.get(code, divisions.name(code)), *(column[place] for column in columns)]
            for place, code in enumerate(seen)
        ]
        total: list[Value] = ["合计", "", *(column[-1] for column in columns)]
        notes = [
            "按农户所在村统计户数和人数,不含姓名;不足3户的显示“少于3户”。",
            "为使少于3户的村不能由合计推出,必要时另有村显示“不公布”。",
            "在册为月末有效协议花名册,覆盖和受益为本年累计;同一户只计一次,三种口径不得相加。",
            "认定和统计不收取任何费用。",
        ]
        return ReportTable(COLUMNS, rows, total, notes, answer.position, answer.last_entry)


def _published(seen: Mapping[str, Mapping[str, int | None]], meaning: str) -> tuple[list[str], list[str]]:
    """The column of households and the one of persons, each ending with its total; persons go with their households."""
    households = [figures[f"households_{meaning}"] or 0 for figures in seen.values()]
    persons = [figures[f"persons_{meaning}"] or 0 for figures in seen.values()]
    shown = published(households)
    heads = [
        str(one) if cell.isdigit() else cell
        for cell, one in zip(shown, [*persons, sum(persons)], strict=True)
    ]
    return shown, heads


def _names(session: Session, villages: list[str]) -> dict[str, str]:
    """Villages by the name of their registered collective (演示一村股份经济合作社 → 演示一村): no list we hold does."""
    rows = session.execute(
        select(VillageCollective.area_code, VillageCollective.name).where(
            VillageCollective.area_code.in_(villages)
        )
    )
    return {code: _COLLECTIVE.sub("", name) for code, name in rows}


def _town(code: str) -> str:
    return divisions.full_name(code[:9]) if divisions.is_known(code[:9]) else divisions.full_name(code[:6])
