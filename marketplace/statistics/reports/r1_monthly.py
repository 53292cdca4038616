"""R1 消费扶贫统计月报: areas × the month and the year so far, by participation mode and by channel, which foot.

Shape: the figures that provinces published of 2020 (docs/rules.md, "Monthly report"). Modes get 其他(个人) and channels 其他渠道,
so that each group sums to the sales beside it. Seller view counts where goods come from, buyer view who pays; they are the same
lines and are never added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.catalogue.channels import CHANNEL_KINDS, GROUP_TITLES
from marketplace.core import divisions
from marketplace.core.actor import area_prefix
from marketplace.core.clock import period_days, previous_period
from marketplace.orders.participation import MODES
from marketplace.statistics.dimensions import area_title, buyer_area_title
from marketplace.statistics.measures import ratio_bp
from marketplace.statistics.query import Answer, Question, ask
from marketplace.statistics.reports.catalogue_counts import catalogue_counts
from marketplace.statistics.reports.comparisons import growth, year_on_year
from marketplace.statistics.reports.protocol import (
    NOT_REPORTED,
    UNKNOWN,
    Column,
    ReportRequest,
    ReportTable,
    Value,
)
from marketplace.statistics.targets import targets_of

TARGET_MEASURE: Final = "consumption_aid_amount"
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
    Column("sales", "本月销售额", "fen"),
    Column("aid_sales", "其中:扶贫产品", "fen"),
    Column("aid_share", "扶贫产品占比(%)", "bp"),
    Column("consumption_aid", "本月消费扶贫金额", "fen"),
    Column("cumulative", "累计销售额", "fen"),
    Column("cumulative_aid", "累计消费扶贫金额", "fen"),
    *(Column(f"mode_{code}", f"累计:{title}", "fen") for code, title in MODES.items()),
    *(Column(f"channel_{code}", f"累计:{title}", "fen") for code, title in GROUP_TITLES.items()),
    Column("households", "带动户数", "count"),
    Column("persons", "带动人数", "count"),
    Column("target", "年度目标", "fen"),
    Column("completion", "完成率(%)", "bp"),
    Column("month_on_month", "环比(%)", "bp"),
    Column("year_on_year", "同比(%)", "bp"),
)
_GROUP_OF: Final = {kind.code: kind.group for kind in CHANNEL_KINDS}


@dataclass(frozen=True)
class _Figures:
    """Answers by area key (the total under None)."""

    month: Mapping[Any, Mapping[str, int | None]]
    year: Mapping[Any, Mapping[str, int | None]]
    modes: Mapping[Any, Mapping[str, int]]
    channels: Mapping[Any, Mapping[str, int]]
    before: Mapping[Any, Mapping[str, int | None]]
    last_year: Mapping[Any, Mapping[str, int | None]]
    catalogue: Mapping[Any, tuple[int, int, int]]
    targets: Mapping[str, int]


class MonthlyReport:
    """R1."""

    code: ClassVar[str] = "R1"
    title_zh: ClassVar[str] = "消费扶贫统计月报"
    form_no: ClassVar[str] = "R1"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per area of `level` below the asked one, and the total (a union for households, not a sum)."""
        figures, answer = _gather(session, request)
        first = session.scalar(select(func.min(Entry.period)))
        keys = _areas(request, figures)
        title_of = area_title if request.view == "seller" else buyer_area_title
        rows = [_row(session, request, figures, key, title_of(key), first) for key in keys]
        total = _row(session, request, figures, None, "合计", first)
        view = "产地(销售方)" if request.view == "seller" else "采购地(购买方,按财政隶属)"
        notes = [
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
        below = _separately_planned(session, request, figures, first)
        return ReportTable(COLUMNS, rows, total, notes, answer.position, answer.last_entry, below)


def _separately_planned(
    session: Session, request: ReportRequest, figures: _Figures, first: str | None
) -> list[list[Value]]:
    """Below a province's total in the buyer's view: its 计划单列市, and the province without it (docs/rules.md, "Buyer area")."""
    city = SEPARATELY_PLANNED.get(request.area)
    if city is None or request.view != "buyer" or request.level != "city":
        return []
    name = divisions.name(city)
    rest, _ = _gather(session, request, without=(city,))
    return [
        _row(session, request, figures, area_prefix(city), f"其中:{name}(计划单列)", first),
        _row(session, request, rest, None, f"不含{name}", first),
    ]


def _gather(
    session: Session, request: ReportRequest, without: tuple[str, ...] = ()
) -> tuple[_Figures, Answer]:
    side = "origin" if request.view == "seller" else "buyer_area"
    period, year = request.period, request.period[:4]
    base = Question(
        measures=("sales", "aid_sales", "aid_share", "consumption_aid_amount"),
        by=(side,),
        level=request.level,
        from_period=period,
        to_period=period,
        area=request.area,
        areas=request.areas,
        view=request.view,
        without=without,
        on=period_days(period)[1] - timedelta(days=1),
    )
    since_january = replace(base, from_period=f"{year}-01")
    month = ask(session, base)
    counted = ask(
        session,
        replace(
            since_january,
            measures=("sales", "consumption_aid_amount", "households_covered", "persons_covered"),
        ),
    )
    short = ("sales",)
    modes = ask(session, replace(since_january, by=(side, "participation_mode"), measures=short))
    channels = ask(session, replace(since_january, by=(side, "channel_kind"), measures=short))
    before = ask(
        session, replace(base, from_period=previous_period(period), to_period=previous_period(period))
    )
    last = f"{int(year) - 1}{period[4:]}"
    last_year = ask(session, replace(base, from_period=last, to_period=last))
    figures = _Figures(
        _by_area(month),
        _by_area(counted),
        _spread(modes, lambda code: code),
        _spread(channels, lambda code: _GROUP_OF.get(code, "other")),
        _by_area(before),
        _by_area(last_year),
        catalogue_counts(session, request) if not without else {},
        targets_of(session, int(year), TARGET_MEASURE),
    )
    return figures, month


def _by_area(answer: Answer) -> dict[Any, Mapping[str, int | None]]:
    found: dict[Any, Mapping[str, int | None]] = {row.key[0]: row.figures for row in answer.rows}
    found[None] = answer.total
    return found


def _spread(answer: Answer, group: Any) -> dict[Any, dict[str, int]]:
    """Sales by area and group; additive, so the total is the sum of the rows of this one answer."""
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in answer.rows:
        for key in {row.key[0], None}:
            found[key][group(row.key[1])] += row.figures["sales"] or 0
    return found


def _areas(request: ReportRequest, figures: _Figures) -> list[str]:
    """Every area of the level below the asked one, reported or not, and any other that has figures."""
    listed = {area_prefix(one.code) for one in divisions.children(request.area, request.level)}
    if request.area == divisions.NATION:
        listed = set()
    return sorted(
        listed
        | {key for key in figures.year if key is not None}
        | {k for k in figures.catalogue if k is not None}
    )


def _row(
    session: Session,
    request: ReportRequest,
    figures: _Figures,
    key: str | None,
    title: str,
    first: str | None,
) -> list[Value]:
    products, suppliers, value_fen = figures.catalogue.get(key, (0, 0, 0))
    year = figures.year.get(key)
    month = figures.month.get(key) or {}
    goods: list[Value] = [title, products, suppliers, value_fen]
    if year is None:  # nothing in the books all year: silence, not zero
        return [*goods, NOT_REPORTED, *[UNKNOWN] * (len(COLUMNS) - 5)]
    area = request.area if key is None else key.ljust(6, "0")
    target_fen = figures.targets.get(area)
    done_fen = year["consumption_aid_amount"] or 0
    sales = month.get("sales", 0)
    return [
        *goods,
        sales,
        month.get("aid_sales", 0),
        month.get("aid_share"),
        month.get("consumption_aid_amount", 0),
        year["sales"],
        done_fen,
        *(figures.modes[key].get(code, 0) for code in MODES),
        *(figures.channels[key].get(code, 0) for code in GROUP_TITLES),
        year["households_covered"],
        year["persons_covered"],
        target_fen if target_fen is not None else UNKNOWN,
        ratio_bp(done_fen, target_fen) if target_fen else UNKNOWN,
        growth(sales, figures.before.get(key), previous_period(request.period), first),
        year_on_year(session, area, request.period, sales, figures.last_year.get(key), first),
    ]
