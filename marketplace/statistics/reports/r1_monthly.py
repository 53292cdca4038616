"""R1 消费扶贫统计月报: areas × the month and the year so far, by participation mode and by channel, which foot.

Shape: the figures that provinces published of 2020 (docs/rules.md, "Monthly report"). Modes get 其他(个人) and channels 其他渠道,
so that each group sums to the sales beside it. Seller view counts where goods come from, buyer view who pays; they are the same
lines and are never added.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from marketplace.catalogue.channels import GROUP_TITLES
from marketplace.core import divisions
from marketplace.core.actor import area_prefix
from marketplace.core.clock import previous_period
from marketplace.core.money import ratio_bp
from marketplace.intake.service.memo import Side
from marketplace.orders.participation import MODES
from marketplace.statistics.dimensions import LEVELS, area_title, buyer_area_title, is_at
from marketplace.statistics.position import first_period
from marketplace.statistics.reports import memo
from marketplace.statistics.reports.comparisons import growth, year_on_year
from marketplace.statistics.reports.monthly_figures import Figures, gather
from marketplace.statistics.reports.protocol import (
    NOT_COMPARABLE,
    NOT_REPORTED,
    UNKNOWN,
    Column,
    ReportRequest,
    ReportTable,
    Value,
    aid_measure,
    schemes_note,
)
from marketplace.statistics.targets import declared_exists

# 计划单列市: their province's totals are printed with and without them.
SEPARATELY_PLANNED: Final = {
    "210000": "210200",
    "330000": "330200",
    "350000": "350200",
    "370000": "370200",
    "440000": "440300",
}

COLUMNS: Final[tuple[Column, ...]] = (
    Column("area", "地区", "text"),
    Column("certified_products", "认定产品数", "count"),
    Column("suppliers", "供应商数", "count"),
    Column("commodity_value", "商品价值量", "fen"),
    Column("sales", "本月销售额", "fen", "本月", "销售额"),
    Column("aid_sales", "其中:扶贫产品", "fen", "本月", "其中:扶贫产品"),
    Column("aid_share", "扶贫产品占比(%)", "bp", "本月", "扶贫产品占比(%)"),
    Column("consumption_aid", "本月消费扶贫金额", "fen", "本月", "消费扶贫金额"),
    Column("cumulative", "累计销售额", "fen", "本年累计", "销售额"),
    Column("cumulative_aid", "累计消费扶贫金额", "fen", "本年累计", "消费扶贫金额"),
    *(
        Column(f"mode_{code}", f"累计:{title}", "fen", "累计销售额按参与方式", title)
        for code, title in MODES.items()
    ),
    *(
        Column(f"channel_{code}", f"累计:{title}", "fen", "累计销售额按渠道", title)
        for code, title in GROUP_TITLES.items()
    ),
    Column("households", "带动户数", "count"),
    Column("persons", "带动人数", "count"),
    Column("target", "年度目标", "fen"),
    Column("completion", "完成率(%)", "bp"),
    Column("month_on_month", "环比(%)", "bp"),
    Column("year_on_year", "同比(%)", "bp"),
)
_TARGET_AT: Final = next(place for place, column in enumerate(COLUMNS) if column.code == "target")


class MonthlyReport:
    """R1."""

    code: ClassVar[str] = "R1"
    title_zh: ClassVar[str] = "消费扶贫统计月报"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per area of `level` below the asked one, and the total (a union for households, not a sum)."""
        figures, answer = gather(session, request)
        first = first_period(session)
        beside = _memo(session, request)
        keys = _areas(request, figures, beside)
        title_of = area_title if request.view == "seller" else buyer_area_title
        rows = [
            [*_row(session, request, figures, key, title_of(key), first), *_cells(beside, key)]
            for key in keys
        ]
        total = [*_row(session, request, figures, None, "合计", first), *_cells(beside, None)]
        view = "产地(销售方)" if request.view == "seller" else "采购地(购买方,按财政隶属)"
        notes = [
            schemes_note(request),
            f"视角:{view};产地视角与采购地视角为同一批交易的两种统计,不得相加。",
            "销售额按入账期统计,已扣除退款;已关账月份的后续退款记入当月并注明所属期。",
            "带动户数为净计入销售大于零的协议花名册并集,同一户只计一次,合计不等于各地之和。",
            "参与方式含“其他(个人)”,渠道含“其他渠道”,两组分项分别合计等于累计销售额。",
            *(
                f"{answer.definitions[code]}。"
                for code in ("consumption_aid_amount",)
                if code in answer.definitions
            ),
        ]
        columns = COLUMNS
        if beside is not None:
            columns, notes = (*COLUMNS, *memo.COLUMNS), [*notes, memo.NOTE]
        below = _separately_planned(session, request, figures, first, beside)
        return ReportTable(columns, rows, total, notes, answer.position, answer.last_entry, below, keys)


def _memo(session: Session, request: ReportRequest, without: tuple[str, ...] = ()) -> memo.Memo | None:
    if not request.memo:
        return None
    side: Side = "origin_area" if request.view == "seller" else "buyer_area"
    return memo.memo_of(session, request, side, LEVELS[request.level], without)


def _cells(beside: memo.Memo | None, key: str | None) -> list[Value]:
    return [] if beside is None else [beside.of_month(key), beside.of_year(key)]


def _separately_planned(
    session: Session, request: ReportRequest, figures: Figures, first: str | None, beside: memo.Memo | None
) -> list[list[Value]]:
    """Below a province's total in the buyer's view: its 计划单列市, and the province without it (docs/rules.md, "Buyer area")."""
    city = SEPARATELY_PLANNED.get(request.area)
    if city is None or request.view != "buyer" or request.level != "city":
        return []
    name = divisions.name(city)
    rest, _ = gather(session, request, without=(city,))
    rest_beside = _memo(session, request, (city,))
    own = _row(session, request, figures, area_prefix(city), f"其中:{name}(计划单列)", first)
    return [
        [*own, *_cells(beside, area_prefix(city))],
        [*_row(session, request, rest, None, f"不含{name}", first), *_cells(rest_beside, None)],
    ]


def _areas(request: ReportRequest, figures: Figures, beside: memo.Memo | None) -> list[str]:
    """Every area of the level below the asked one, reported or not, and any other that has figures."""
    listed = {area_prefix(one.code) for one in divisions.children(request.area, request.level)}
    if request.area == divisions.NATION:
        listed = set()
    return sorted(
        listed
        | {key for key in figures.year if key is not None}
        | {k for k in figures.catalogue if k is not None}
        | (beside.keys if beside is not None else set())
    )


def _row(
    session: Session,
    request: ReportRequest,
    figures: Figures,
    key: str | None,
    title: str,
    first: str | None,
) -> list[Value]:
    products, suppliers, value_fen = figures.catalogue.get(key, (0, 0, None))
    year = figures.year.get(key)
    month = figures.month.get(key)
    goods: list[Value] = [title, products, suppliers, UNKNOWN if value_fen is None else value_fen]
    # What a province itself buys (省本级) has neither its target nor what was declared for it.
    area = request.area if key is None else key.ljust(6, "0") if is_at(key, request.level) else ""
    if year is None:  # nothing in the books all year: silence, not zero; its target is known all the same
        silent: list[Value] = [*goods, NOT_REPORTED, *[UNKNOWN] * (len(COLUMNS) - 5)]
        silent[_TARGET_AT] = figures.targets.get(area, figures.relative.get(area, UNKNOWN))
        return silent
    done_fen = year["consumption_aid_amount"] or 0
    return [
        *goods,
        *_of_month(request, month),
        year["sales"],
        done_fen,
        *(figures.modes[key].get(code, 0) for code in MODES),
        *(figures.channels[key].get(code, 0) for code in GROUP_TITLES),
        year["households_covered"],
        year["persons_covered"],
        *_target(session, request, figures, key, area, done_fen),
        *_growths(session, request, figures, key, area, first),
    ]


def _target(
    session: Session, request: ReportRequest, figures: Figures, key: str | None, area: str, done_fen: int
) -> list[Value]:
    """年度目标 and 完成率. A target in words (不低于去年) prints them: against all of last year where the books hold it,
    不可比 where only others declared a figure of it, else —.
    """
    target_fen = figures.targets.get(area)
    if target_fen is not None:
        return [target_fen, ratio_bp(done_fen, target_fen) if target_fen else UNKNOWN]
    words = figures.relative.get(area)
    if words is None:
        return [UNKNOWN, UNKNOWN]
    before_fen = figures.year_before.get(key, {}).get("consumption_aid_amount")
    if before_fen:
        return [words, ratio_bp(done_fen, before_fen)]
    is_declared = declared_exists(session, area, int(request.period[:4]) - 1)
    return [words, NOT_COMPARABLE if is_declared else UNKNOWN]


def _of_month(request: ReportRequest, month: Mapping[str, int | None] | None) -> list[Value]:
    """The month's columns; an area with entries this year and none this month is 未报, not zero."""
    if month is None:
        return [NOT_REPORTED, UNKNOWN, UNKNOWN, UNKNOWN]
    sales, aid = month["sales"], month[aid_measure(request)]
    return [sales, aid, ratio_bp(aid, sales), month["consumption_aid_amount"]]


def _growths(
    session: Session,
    request: ReportRequest,
    figures: Figures,
    key: str | None,
    area: str,
    first: str | None,
) -> list[Value]:
    """环比 and 同比 of the month's sales; — for a month of which nothing was reported."""
    month = figures.month.get(key)
    if month is None:
        return [UNKNOWN, UNKNOWN]
    sales, period = month["sales"], request.period
    return [
        growth(sales, figures.before.get(key), previous_period(period), first),
        year_on_year(session, area, period, sales, figures.last_year.get(key), first),
    ]
