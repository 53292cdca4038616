"""R4 832 预留份额执行表: what each budget unit reserved of its canteen purchases and how far it got.

Only purchases on the 832-type platform count, by the year frozen when the order was bound (docs/rules.md, "Reserved share").
交易额 is what was ordered, 已完成 what has counted; the completion rate is 已完成 ÷ 预留份额.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import BigInteger, and_, cast, false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace, ReserveFiling
from marketplace.attribution.models import Entry
from marketplace.core.clock import period_days
from marketplace.core.money import ratio_bp
from marketplace.core.scope import within_area
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.statistics.position import books_position
from marketplace.statistics.reports.protocol import (
    NOT_REPORTED,
    UNKNOWN,
    Column,
    ReportRequest,
    ReportTable,
    Value,
)

COLUMNS: Final = (
    Column("unit", "预算单位", "text"),
    Column("supervisor", "主管部门", "text"),
    Column("tier", "级次", "text"),
    Column("canteen", "食堂情况", "text"),
    Column("canteen_total", "食堂食材采购总额", "fen"),
    Column("ratio", "预留比例(%)", "bp"),
    Column("reserve", "预留份额", "fen"),
    Column("ordered", "交易额", "fen"),
    Column("completed", "已完成交易额", "fen"),
    Column("completion", "完成率(%)", "bp"),
    Column("union", "其中:工会采购", "fen"),
    Column("staff", "其中:职工个人采购", "fen"),
)
CANTEEN: Final = {"own": "有食堂", "none": "无食堂", "shared": "共用食堂", "outsourced": "食堂外包"}
TIERS: Final = {
    "central_in_province": "中央驻粤",
    "province_level": "省本级",
    "city_level": "市本级",
    "county_level": "县本级",
}
PLATFORM: Final = "platform_832"


class ReserveReport:
    """R4."""

    code: ClassVar[str] = "R4"
    title_zh: ClassVar[str] = "832平台预留份额执行表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per budget unit of the area, by name; units that filed nothing are 未报, units without canteen owe nothing."""
        year = int(request.period[:4])
        units = session.execute(
            select(Organisation.id, Organisation.name, Organisation.fiscal_tier)
            .where(Organisation.kind == "budget_unit")
            .where(within_area(_area(), request.area))
            .where(or_(false(), *(within_area(_area(), area) for area in request.areas)))
            .order_by(Organisation.name, Organisation.id)
        ).all()
        filings = _filings(session, year)
        ordered, completed = _ordered(session, year), _completed(session, year)
        supervisors = supervising_units(session, request.period)
        rows = [
            _row(
                [name, supervisors.get(unit, UNKNOWN), TIERS.get(tier or "", UNKNOWN)],
                filings.get(unit),
                ordered[unit],
                completed[unit],
            )
            for unit, name, tier in units
        ]
        position, last_entry = books_position(session)
        notes = [
            "仅统计832平台采购;工会及职工个人采购计入所属单位。已完成=验收、付款、评价齐备,已扣除退款。",
            "主管部门为当期隶属关系中的一级预算单位。",
        ]
        return ReportTable(COLUMNS, rows, _total(rows), notes, position, last_entry)


def supervising_units(session: Session, period: str) -> dict[Any, str]:
    """The 一级预算单位 at the top of each unit's branch on the last day of ``YYYY-MM``, by unit; a first-level unit is its own.

    The tree is that of the time: a unit that moved later is still shown under whom it then belonged to.
    """
    day = period_days(period)[1] - timedelta(days=1)
    rows = session.execute(
        select(OrganisationPlace.organisation_id, Organisation.name)
        .join(
            Organisation,
            Organisation.organisation_no == cast(func.split_part(OrganisationPlace.path, ".", 1), BigInteger),
        )
        .where(OrganisationPlace.valid.contains(day))
    )
    return dict(rows.all())


def _area() -> Any:
    return func.coalesce(Organisation.fiscal_area, Organisation.area_code)


def _filings(session: Session, year: int) -> dict[Any, ReserveFiling]:
    """The latest accepted version of each unit."""
    rows = session.scalars(
        select(ReserveFiling)
        .where(ReserveFiling.year == year, ReserveFiling.state == "accepted")
        .order_by(ReserveFiling.organisation_id, ReserveFiling.version)
    )
    return {row.organisation_id: row for row in rows}


def _ordered(session: Session, year: int) -> dict[Any, int]:
    rows = session.execute(
        select(SalesOrder.budget_unit_id, func.sum(OrderLine.amount_fen))
        .join(OrderLine, and_(OrderLine.order_id == SalesOrder.id, OrderLine.channel_kind == PLATFORM))
        .where(SalesOrder.reserve_year == year, SalesOrder.state != "cancelled")
        .group_by(SalesOrder.budget_unit_id)
    )
    return defaultdict(int, {unit: int(fen) for unit, fen in rows})


def _completed(session: Session, year: int) -> dict[Any, dict[str, int]]:
    columns = Entry.__table__.c
    rows = session.execute(
        select(columns.budget_unit_id, columns.fund_source, func.sum(columns.sale_fen))
        .where(columns.reserve_year == year, columns.channel_kind == PLATFORM)
        .group_by(columns.budget_unit_id, columns.fund_source)
    )
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for unit, source, fen in rows:
        found[unit][source or "other"] += int(fen)
        found[unit]["all"] += int(fen)
    return found


def _row(
    unit: list[Value], filing: ReserveFiling | None, ordered_fen: int, completed: dict[str, int]
) -> list[Value]:
    done = completed["all"]
    money: list[Value] = [ordered_fen, done]
    shares: list[Value] = [completed["union"], completed["staff"]]
    if filing is None:
        return [*unit, NOT_REPORTED, UNKNOWN, UNKNOWN, UNKNOWN, *money, UNKNOWN, *shares]
    if filing.canteen_kind == "none":
        return [*unit, CANTEEN["none"], UNKNOWN, UNKNOWN, 0, *money, UNKNOWN, *shares]
    return [
        *unit,
        CANTEEN[filing.canteen_kind],
        filing.canteen_total_fen,
        filing.reserve_bp,
        filing.reserve_fen,
        *money,
        ratio_bp(done, filing.reserve_fen),
        *shares,
    ]


def _total(rows: list[list[Value]]) -> list[Value]:
    codes = [column.code for column in COLUMNS]

    def summed(code: str) -> int:
        found = (row[codes.index(code)] for row in rows)
        return sum(value for value in found if isinstance(value, int))

    return [
        "合计",
        "",
        "",
        "",
        summed("canteen_total"),
        UNKNOWN,
        summed("reserve"),
        summed("ordered"),
        summed("completed"),
        ratio_bp(summed("completed"), summed("reserve")),
        summed("union"),
        summed("staff"),
    ]
