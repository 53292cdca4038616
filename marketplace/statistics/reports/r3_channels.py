"""R3 三专一平台建设与运营表: points of sale by kind, goods listed, sales of which aid, by area of the point of sale."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any, ClassVar, Final

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.catalogue.models import Channel, Listing
from marketplace.certification.models import Certificate
from marketplace.core import divisions
from marketplace.core.actor import area_prefix
from marketplace.core.clock import day_start, period_days
from marketplace.core.money import ratio_bp
from marketplace.core.scope import within_area
from marketplace.statistics.conditions import within_place
from marketplace.statistics.dimensions import LEVELS, area_title
from marketplace.statistics.measures import COUNTING_SCHEMES, is_aid, is_national_aid
from marketplace.statistics.position import books_position
from marketplace.statistics.reports import memo
from marketplace.statistics.reports.as_of import entered_in_time, in_force_at_end_of
from marketplace.statistics.reports.protocol import (
    UNKNOWN,
    Column,
    ReportRequest,
    ReportTable,
    Value,
    schemes_note,
)
from marketplace.statistics.standpoint import in_months
from marketplace.statistics.targets import targets_of

# Kinds of which plans are published in machines; of the others the table has those in operation.
PLANNED: Final = ("counter",)


def _columns_of(code: str, title: str) -> list[Column]:
    working = Column(f"points_{code}", f"{title}(在运营)", "count", title, "在运营")
    if code not in PLANNED:
        return [working]
    return [
        Column(f"planned_{code}", f"{title}(计划)", "count", title, "计划"),
        Column(f"placed_{code}", f"{title}(投放)", "count", title, "投放"),
        working,
    ]


COLUMNS: Final = (
    Column("area", "地区", "text"),
    *(column for kind in CHANNEL_KINDS for column in _columns_of(kind.code, kind.title_zh)),
    Column("listings", "上架产品数", "count"),
    Column("aid_listings", "其中:扶贫产品", "count"),
    Column("sales", "累计销售总额", "fen"),
    Column("aid_sales", "其中:扶贫产品销售额", "fen"),
    Column("aid_share", "占比(%)", "bp"),
)


class ChannelReport:
    """R3."""

    code: ClassVar[str] = "R3"
    title_zh: ClassVar[str] = "三专一平台建设与运营表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per area below the asked one: points at the month's end, listings, sales of the year so far.

        计划 is the target that holds for the year (— without one), 投放 every point opened so far, 在运营 those open on the last
        day.
        """
        points = _points(session, request)
        planned = _planned(session, request)
        listings = _listings(session, request)
        sales = _sales(session, request)
        beside = memo.memo_of(session, request, "channel_area", _digits(request)) if request.memo else None
        keys = sorted(
            {*points, *planned, *listings, *sales, *(beside.keys if beside is not None else ())} - {""}
        )
        rows = [
            [
                *_row(area_title(key), planned[key], points[key], listings[key], sales[key]),
                *([] if beside is None else [beside.of_year(key)]),
            ]
            for key in keys
        ]
        total = _row("合计", planned[""], points[""], listings[""], sales[""])
        position, last_entry = books_position(session, request.period)
        notes = [
            "按销售点所在地统计;832平台单列。销售额为本年累计,已扣除退款。",
            "计划为当年目标任务,无目标的为—;投放为累计投放,在运营为月末仍开放的销售点。",
            schemes_note(request),
        ]
        if beside is None:
            return ReportTable(COLUMNS, rows, total, notes, position, last_entry)
        columns = (*COLUMNS, replace(memo.YEAR, under="", short_zh=""))
        total.append(beside.of_year(None))
        return ReportTable(columns, rows, total, [*notes, memo.NOTE], position, last_entry)


def _seen(column: Any, request: ReportRequest) -> ColumnElement[bool]:
    return within_area(column, request.area) & or_(
        false(), *(within_area(column, area) for area in request.areas)
    )


def _points(session: Session, request: ReportRequest) -> dict[str, Counter[str]]:
    """Points of sale opened by the month's last day, and those still open then, by area."""
    day = period_days(request.period)[1]
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = session.execute(
        select(
            Channel.area_code,
            Channel.kind,
            func.count(),
            func.count().filter(Channel.closed_on.is_(None) | (Channel.closed_on >= day)),
        )
        .where(_seen(Channel.area_code, request), Channel.opened_on < day)
        .where(entered_in_time(request.period, Channel.created_at))
        .group_by(Channel.area_code, Channel.kind)
    )
    for area, kind, placed, working in rows:
        for key in {_key(area, request), ""}:
            found[key][f"placed_{kind}"] += placed
            found[key][f"points_{kind}"] += working
    return found


def _planned(session: Session, request: ReportRequest) -> dict[str, dict[str, int]]:
    """The year's targets of points of sale, under the key of their own area; an area's target is never a sum of others'."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    digits = _digits(request)
    for code in PLANNED:
        for area, count in targets_of(session, int(request.period[:4]), f"points_{code}").items():
            if not _covered_by(area, request):
                continue
            if len(area_prefix(area)) == digits:
                found[area_prefix(area)][f"planned_{code}"] = count
            if area == request.area:
                found[""][f"planned_{code}"] = count
    return found


def _covered_by(area: str, request: ReportRequest) -> bool:
    """Whether an area lies in the asked one and in one that the asker may see."""
    return divisions.covers(request.area, area) and any(divisions.covers(one, area) for one in request.areas)


def _listings(session: Session, request: ReportRequest) -> dict[str, Counter[str]]:
    """Goods on the shelves of points that are open when the month ends, certified by then or not; dates decide, no job does."""
    day = period_days(request.period)[1]
    after = day_start(day)
    certified = (
        select(Certificate.id)
        .where(Certificate.product_id == Listing.product_id, Certificate.scheme.in_(COUNTING_SCHEMES))
        .where(*in_force_at_end_of(request.period))
        .exists()
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = session.execute(
        select(Channel.area_code, func.count(), func.count().filter(certified))
        .select_from(Listing)
        .join(Channel, Channel.id == Listing.channel_id)
        .where(_seen(Channel.area_code, request), Listing.listed_at < after)
        .where(Listing.delisted_at.is_(None) | (Listing.delisted_at >= after))
        .where(Channel.closed_on.is_(None) | (Channel.closed_on >= day))
        .group_by(Channel.area_code)
    )
    for area, count, aid in rows:
        for key in {_key(area, request), ""}:
            found[key]["all"] += count
            found[key]["aid"] += aid
    return found


def _sales(session: Session, request: ReportRequest) -> dict[str, Counter[str]]:
    columns = Entry.__table__.c
    aid = is_national_aid() if request.area == divisions.NATION else is_aid()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = session.execute(
        select(
            columns.channel_area,
            func.sum(columns.sale_fen),
            func.coalesce(func.sum(columns.sale_fen).filter(aid), 0),
        )
        .where(or_(false(), *(within_place(columns.channel_area, area) for area in request.areas)))
        .where(within_place(columns.channel_area, request.area))
        .where(*in_months(columns.period, columns.adjusts_period, f"{request.period[:4]}-01", request.period))
        .group_by(columns.channel_area)
    )
    for area, sales, aid in rows:
        for key in {_key(area, request), ""}:
            found[key]["sales"] += int(sales)
            found[key]["aid"] += int(aid)
    return found


def _key(area: str, request: ReportRequest) -> str:
    return area[: _digits(request)]


def _digits(request: ReportRequest) -> int:
    return max(LEVELS[request.level], len(area_prefix(request.area)))


def _row(
    title: str,
    planned: dict[str, int],
    points: Counter[str],
    listings: Counter[str],
    sales: Counter[str],
) -> list[Value]:
    counted: list[Value] = []
    for kind in CHANNEL_KINDS:
        if kind.code in PLANNED:
            counted += [planned.get(f"planned_{kind.code}", UNKNOWN), points[f"placed_{kind.code}"]]
        counted.append(points[f"points_{kind.code}"])
    return [
        title,
        *counted,
        listings["all"],
        listings["aid"],
        sales["sales"],
        sales["aid"],
        ratio_bp(sales["aid"], sales["sales"]),
    ]
