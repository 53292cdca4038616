"""The memo column of reports: sales that somebody else reported too and that stand in the ledger once (备忘:重复申报剔除).

Beside the sums, never in them. It is what the boards of the reporters say, so it follows decisions of people on cases, also of
past months; bulletins, which must come out again to the same bytes, do not have it (docs/adr/0027).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, not_
from sqlalchemy.orm import Session

from marketplace.core.clock import day_start, period_days
from marketplace.core.scope import within_area
from marketplace.intake.service.memo import Side, duplicates_by_area
from marketplace.statistics.additive import KEPT
from marketplace.statistics.conditions import within_asked
from marketplace.statistics.reports.protocol import Column, ReportRequest, Value

MONTH: Final = Column(
    "memo_duplicates", "备忘:本月重复申报剔除", "fen", "备忘:重复申报剔除(不计入合计)", "本月"
)
YEAR: Final = Column(
    "memo_duplicates_cumulative", "备忘:累计重复申报剔除", "fen", "备忘:重复申报剔除(不计入合计)", "本年累计"
)
COLUMNS: Final = (MONTH, YEAR)
NOTE: Final = (
    "备忘:重复申报剔除为同一笔销售被另一方也申报、账本只计一次而不计的一方所报金额,扣除其退回,按销售发生日归期,"
    "为取数时的认定结果;不在任何销售额之内,不得与之相加。"
)


@dataclass(frozen=True)
class Memo:
    """Fen of duplicates by area key (the total under "") of the month and of the year so far."""

    month: Counter[str]
    year: Counter[str]

    def of_month(self, key: str | None) -> Value:
        """The month's memo of an area, or the total."""
        return self.month[key or ""]

    def of_year(self, key: str | None) -> Value:
        """The memo of the year so far of an area, or the total."""
        return self.year[key or ""]

    @property
    def keys(self) -> set[str]:
        """The areas that have one."""
        return set(self.year) - {""}


def memo_of(
    session: Session, request: ReportRequest, side: Side, digits: int, without: tuple[str, ...] = ()
) -> Memo:
    """The memo of a report by areas of so many digits, limited as its sales are; `without` areas are left out."""
    first, after = period_days(request.period)
    instants = {"first": first.replace(month=1), "recent": first, "after": after}
    month: Counter[str] = Counter()
    year: Counter[str] = Counter()
    for area, fen, fen_of_month in session.execute(
        _statement(side, request.area, request.areas, without),
        {name: day_start(day) for name, day in instants.items()},
    ):
        year.update({area[:digits]: int(fen), "": int(fen)})
        month.update({area[:digits]: int(fen_of_month), "": int(fen_of_month)})
    return Memo(month, year)


@lru_cache(maxsize=KEPT)
def _statement(side: Side, area: str, areas: tuple[str, ...], without: tuple[str, ...]) -> Select[Any]:
    """Kept, because to build it takes longer than to ask it."""

    def within(column: Any) -> ColumnElement[bool]:
        return and_(
            *within_asked(column, area, areas), *(not_(within_area(column, code)) for code in without)
        )

    return duplicates_by_area(side, within)
