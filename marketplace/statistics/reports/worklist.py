"""未计入订单工作表: sold goods that do not count yet, by area and by what is missing, and whose move it is.

The work list of orders in figures, judged by the same counting policies (docs/rules.md, "Work list report").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import ClassVar, Final

from sqlalchemy import false, or_
from sqlalchemy.orm import Session

from marketplace.core.actor import area_prefix
from marketplace.core.clock import day_start, period_days
from marketplace.core.scope import within_area
from marketplace.orders.counting import ACTOR_OF_FACT, ACTOR_TITLES, FACT_TITLES, FACTS
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.service.waiting import Waiting, waiting
from marketplace.statistics.dimensions import LEVELS, area_title, buyer_area_title, leading
from marketplace.statistics.position import books_position
from marketplace.statistics.reports.protocol import Column, ReportRequest, ReportTable, Value

COLUMNS: Final = (
    Column("area", "地区", "text"),
    Column("fact", "缺少环节", "text"),
    Column("actor", "须办理方", "text"),
    Column("lines", "缺此环节的订单行", "count"),
    Column("amount", "缺此环节的金额", "fen"),
    Column("next_lines", "其中:当前一步的订单行", "count"),
    Column("next_amount", "其中:当前一步的金额", "fen"),
)


class WorkListReport:
    """What is missing for sold goods to count."""

    code: ClassVar[str] = "WORKLIST"
    title_zh: ClassVar[str] = "未计入订单工作表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per area and missing fact, in the order of the facts; only the columns of the present step add up."""
        groups = waiting_of(session, request)
        by_area: dict[str, list[Waiting]] = defaultdict(list)
        for one in groups:
            by_area[one.area].append(one)
        title_of = area_title if request.view == "seller" else buyer_area_title
        rows = [[title_of(area), *row] for area, found in sorted(by_area.items()) for row in rows_of(found)]
        position, last_entry = books_position(session)
        notes = [
            "截至取数时尚未计入统计的订单行,下单日不晚于统计期末;金额为仍购买部分的货款。",
            "一行可缺多个环节,“缺此环节”各行不能相加;“当前一步”每行只计一次,合计等于全部未计入的订单行。",
            "应具备的环节按下单时的计入口径:832平台为验收、付款、评价,专柜为付款并取货,其他为验收并付款。",
        ]
        total: list[Value] = [
            "合计",
            "",
            "",
            sum(one.lines for one in groups),
            sum(one.amount_fen for one in groups),
            sum(one.lines for one in groups if one.missing),
            sum(one.amount_fen for one in groups if one.missing),
        ]
        more: list[list[Value]] = [["合计", *row] for row in rows_of(groups)]
        return ReportTable(COLUMNS, rows, total, notes, position, last_entry, more)


def waiting_of(session: Session, request: ReportRequest) -> list[Waiting]:
    """Uncounted lines by area of the request's level and side."""
    side = OrderLine.origin_area if request.view == "seller" else SalesOrder.buyer_area
    length = max(LEVELS[request.level], len(area_prefix(request.area)))
    return waiting(
        session,
        leading(side, length),
        within_area(side, request.area),
        or_(false(), *(within_area(side, area) for area in request.areas)),
        before=day_start(period_days(request.period)[1]),
    )


def rows_of(groups: Iterable[Waiting]) -> list[list[Value]]:
    """Fact, who must act, lines and fen that lack it, and of those the ones whose present step it is; no row for nothing."""
    lacking: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in groups:
        for place, (fact, _) in enumerate(one.missing):
            held = lacking[fact]
            held[0] += one.lines
            held[1] += one.amount_fen
            if place == 0:
                held[2] += one.lines
                held[3] += one.amount_fen
    return [
        [FACT_TITLES[fact], ACTOR_TITLES[ACTOR_OF_FACT[fact]], *lacking[fact]]
        for fact in FACTS
        if fact in lacking
    ]
