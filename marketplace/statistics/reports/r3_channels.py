"""R3 三专一平台建设与运营表: points of sale by kind, goods listed, sales of which aid, by area of the point of sale."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, ClassVar, Final

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.catalogue.models import Channel, Listing
from marketplace.certification.models import Certificate
from marketplace.core.actor import area_prefix
from marketplace.core.clock import day_start, period_days
from marketplace.core.scope import within_area
from marketplace.statistics.dimensions import LEVELS, area_title
from marketplace.statistics.measures import COUNTING_SCHEMES, is_aid, ratio_bp
from marketplace.statistics.position import books_position
from marketplace.statistics.reports.certificates import in_force_at_end_of
from marketplace.statistics.reports.protocol import Column, ReportRequest, ReportTable, Value

COLUMNS: Final = (
    Column("area", "地区", "text"),
    *(Column(f"points_{kind.code}", f"{kind.title_zh}(在运营)", "count") for kind in CHANNEL_KINDS),
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
    form_no: ClassVar[str] = "R3"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per area below the asked one: points in operation at the month's end, listings, sales of the year so far."""
        points = _points(session, request)
        listings = _listings(session, request)
        sales = _sales(session, request)
        keys = sorted({*points, *listings, *sales} - {""})
        rows = [_row(area_title(key), points[key], listings[key], sales[key]) for key in keys]
        total = _row("合计", points[""], listings[""], sales[""])
        position, last_entry = books_position(session)
        notes = ["按销售点所在地统计;832平台单列。销售额为本年累计,已扣除退款。"]
        return ReportTable(COLUMNS, rows, total, notes, position, last_entry)


def _seen(column: Any, request: ReportRequest) -> ColumnElement[bool]:
    return within_area(column, request.area) & or_(
        false(), *(within_area(column, area) for area in request.areas)
    )


def _points(session: Session, request: ReportRequest) -> dict[str, Counter[str]]:
    day = period_days(request.period)[1]
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = session.execute(
        select(Channel.area_code, Channel.kind, func.count())
        .where(_seen(Channel.area_code, request), Channel.opened_on < day)
        .where(Channel.closed_on.is_(None) | (Channel.closed_on >= day))
        .group_by(Channel.area_code, Channel.kind)
    )
    for area, kind, count in rows:
        for key in {_key(area, request), ""}:
            found[key][kind] += count
    return found


def _listings(session: Session, request: ReportRequest) -> dict[str, Counter[str]]:
    after = day_start(period_days(request.period)[1])
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
        .group_by(Channel.area_code)
    )
    for area, count, aid in rows:
        for key in {_key(area, request), ""}:
            found[key]["all"] += count
            found[key]["aid"] += aid
    return found


def _sales(session: Session, request: ReportRequest) -> dict[str, Counter[str]]:
    columns = Entry.__table__.c
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = session.execute(
        select(
            columns.channel_area,
            func.sum(columns.sale_fen),
            func.coalesce(func.sum(columns.sale_fen).filter(is_aid()), 0),
        )
        .where(or_(false(), *(within_area(columns.channel_area, area) for area in request.areas)))
        .where(within_area(columns.channel_area, request.area))
        .where(columns.period >= f"{request.period[:4]}-01", columns.period <= request.period)
        .group_by(columns.channel_area)
    )
    for area, sales, aid in rows:
        for key in {_key(area, request), ""}:
            found[key]["sales"] += int(sales)
            found[key]["aid"] += int(aid)
    return found


def _key(area: str, request: ReportRequest) -> str:
    length = max(LEVELS[request.level], len(area_prefix(request.area)))
    return area[:length]


def _row(title: str, points: Counter[str], listings: Counter[str], sales: Counter[str]) -> list[Value]:
    return [
        title,
        *(points[kind.code] for kind in CHANNEL_KINDS),
        listings["all"],
        listings["aid"],
        sales["sales"],
        sales["aid"],
        ratio_bp(sales["aid"], sales["sales"]),
    ]
