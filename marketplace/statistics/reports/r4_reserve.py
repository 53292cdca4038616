"""R4 832 预留份额执行表: what each budget unit reserved of its canteen purchases and how far it got.

Only purchases on the 832-type platform count, by the year frozen when the order was bound (docs/rules.md, "Reserved share").
交易额 is what was ordered, 已完成 what has counted; the completion rate is 已完成 ÷ 预留份额.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, ReserveFiling
from marketplace.core.money import ratio_bp
from marketplace.core.scope import within_area
from marketplace.statistics.position import books_position, first_period
from marketplace.statistics.reports.protocol import (
    NOT_COMPARABLE,
    NOT_REPORTED,
    UNKNOWN,
    Column,
    ReportRequest,
    ReportTable,
    Value,
)
from marketplace.statistics.reports.reserve_figures import (
    completed_of,
    filings_of,
    ordered_of,
    supervising_units,
    unit_area,
)
from marketplace.statistics.targets import declared_exists

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
    Column("represented_by", "代填单位", "text"),
    Column("last_year", "上年已完成交易额", "fen"),
    Column("against_last_year", "不低于去年:进度(%)", "bp"),
)
KINDS: Final = {
    "own": "有食堂",
    "none": "无食堂",
    "shared": "共用食堂",
    "outsourced": "食堂外包",
    "silent": NOT_REPORTED,
}
TIERS: Final = {
    "central_in_province": "中央驻粤",
    "province_level": "省本级",
    "city_level": "市本级",
    "county_level": "县本级",
}


class ReserveReport:
    """R4."""

    code: ClassVar[str] = "R4"
    title_zh: ClassVar[str] = "832平台预留份额执行表"

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """One row per budget unit of the area, by name; units that filed nothing are 未报, units without canteen owe nothing."""
        year = int(request.period[:4])
        units = _units(session, request)
        names = {unit.id: unit.name for unit in units}
        filings, supervisors = filings_of(session, year), supervising_units(session, request.period)
        ordered, completed = ordered_of(session, year), completed_of(session, year)
        before = completed_of(session, year - 1) if _reaches(session, year - 1) else None
        found = [
            _Unit(
                [unit.name, supervisors.get(unit.id, UNKNOWN), TIERS.get(unit.fiscal_tier or "", UNKNOWN)],
                filings.get(unit.id),
                ordered[unit.id],
                completed[unit.id],
                None if before is None else before[unit.id]["all"],
            )
            for unit in units
        ]
        others = {one.filing.represented_by for one in found if one.filing is not None} - {None, *names}
        names |= dict(
            session.execute(
                select(Organisation.id, Organisation.name).where(Organisation.id.in_(others))
            ).all()
        )
        declared = before is None and declared_exists(session, request.area, year - 1)
        position, last_entry = books_position(session)
        notes = [
            "仅统计832平台采购;工会及职工个人采购计入所属单位。已完成=验收、付款、评价齐备,已扣除退款。",
            "主管部门为当期隶属关系中的一级预算单位。",
            "不低于去年=本年已完成÷上年全年已完成;账本不含上年全年的为—,上年只有申报数的合计为不可比。",
            "无食堂不设预留份额;共用食堂由代填单位填报;外包食堂由本单位填报,承包方采购计入本单位。",
        ]
        more = [
            _total(f"其中:{title}", of, declared=False)
            for kind, title in KINDS.items()
            if (of := [one for one in found if one.kind == kind])
        ]
        return ReportTable(
            COLUMNS,
            [_row(one, names) for one in found],
            _total("合计", found, declared=declared),
            notes,
            position,
            last_entry,
            more,
        )


@dataclass(frozen=True)
class _Unit:
    """A budget unit with its filing that holds, and its trade in fen; `last_year_fen` None where the books do not reach."""

    titles: list[Value]
    filing: ReserveFiling | None
    ordered_fen: int
    completed: dict[str, int]
    last_year_fen: int | None

    @property
    def kind(self) -> str:
        """What canteen it has, or that it did not say."""
        return "silent" if self.filing is None else self.filing.canteen_kind


def _units(session: Session, request: ReportRequest) -> Sequence[Any]:
    return session.execute(
        select(Organisation.id, Organisation.name, Organisation.fiscal_tier)
        .where(Organisation.kind == "budget_unit")
        .where(within_area(unit_area(), request.area))
        .where(or_(false(), *(within_area(unit_area(), area) for area in request.areas)))
        .order_by(Organisation.name, Organisation.id)
    ).all()


def _reaches(session: Session, year: int) -> bool:
    """Whether the books hold the whole year."""
    first = first_period(session)
    return first is not None and first <= f"{year}-01"


def _row(one: _Unit, names: dict[Any, str]) -> list[Value]:
    done, filing = one.completed["all"], one.filing
    canteen: list[Value] = [KINDS[one.kind]]
    by: Value = UNKNOWN
    completion: Value = UNKNOWN
    if filing is None:
        canteen = [NOT_REPORTED, UNKNOWN, UNKNOWN, UNKNOWN]
    elif filing.canteen_kind == "none":
        canteen += [UNKNOWN, UNKNOWN, 0]
    elif filing.represented_by is not None:  # another unit's filing holds the total of both
        canteen += [UNKNOWN, UNKNOWN, UNKNOWN]
        by = names.get(filing.represented_by, UNKNOWN)
    else:
        canteen += [filing.canteen_total_fen, filing.reserve_bp, filing.reserve_fen]
        completion = ratio_bp(done, filing.reserve_fen)
    return [
        *one.titles,
        *canteen,
        one.ordered_fen,
        done,
        completion,
        one.completed["union"],
        one.completed["staff"],
        by,
        *_against(done, one.last_year_fen),
    ]


def _against(done_fen: int, last_year_fen: int | None, *, declared: bool = False) -> list[Value]:
    """Last year's completed trade and how much of it this year's already is."""
    if last_year_fen is None:
        return [UNKNOWN, NOT_COMPARABLE if declared else UNKNOWN]
    progress = ratio_bp(done_fen, last_year_fen)
    return [last_year_fen, UNKNOWN if progress is None else progress]


def _total(title: str, units: Sequence[_Unit], *, declared: bool) -> list[Value]:
    """The sums of units; of what they filed only of those that did."""
    filings = [one.filing for one in units if one.filing is not None]
    reserve = sum(filing.reserve_fen for filing in filings if filing.canteen_kind != "none")
    done = sum(one.completed["all"] for one in units)
    known = [one.last_year_fen for one in units if one.last_year_fen is not None]
    return [
        title,
        f"{len(units)}个",
        "",
        "",
        sum(filing.canteen_total_fen for filing in filings if filing.canteen_kind != "none"),
        UNKNOWN,
        reserve,
        sum(one.ordered_fen for one in units),
        done,
        ratio_bp(done, reserve),
        sum(one.completed["union"] for one in units),
        sum(one.completed["staff"] for one in units),
        "",
        *_against(done, sum(known) if len(known) == len(units) and units else None, declared=declared),
    ]
