"""Targets out of a spreadsheet: all rows are checked first, then all are set or none; the same list again adds nothing.

The columns are those of lists as offices publish them (`data/published/region_targets.csv`); a row that names several areas
(北京、广东、江西) sets a target of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast

from sqlalchemy.orm import Session

from marketplace.accounts.codes import SECTORS
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.sheets import cells
from marketplace.core.sheets.cells import CellRefused, Column
from marketplace.core.sheets.limits import DEFAULT_LIMITS
from marketplace.core.sheets.problems import RowError
from marketplace.core.sheets.reader import Cell
from marketplace.core.sheets.table import Table, TableRow, read_table
from marketplace.statistics.targets.measures import OTHER, TargetMeasure, by_words, target_measure
from marketplace.statistics.targets.reading import read_figure
from marketplace.statistics.targets.service import (
    Key,
    NewTarget,
    add_version,
    holding,
    key_of,
    lock_targets,
)

MAX_ROWS: Final = 5_000
LIMITS: Final = replace(DEFAULT_LIMITS, rows=MAX_ROWS + 1)
# Units that lists of reserve rules speak of instead of a sector.
UNIT_CLASSES: Final = ("各级预算单位", "中央预算单位", "地方预算单位")
_NATION: Final = re.compile(r"全国(?:[(\uff08](?P<aside>[^()\uff08\uff09]+)[)\uff09])?(?P<units>.*)")
_YEAR: Final = re.compile(r"(?P<year>20[0-9]{2})(?P<rest>年度|年|起|年起)?")


@dataclass(frozen=True)
class Place:
    """Whom a row is for: areas, the class of units if one is named, and what else the cell says."""

    codes: tuple[str, ...]
    units: str | None = None
    aside: str | None = None


def _place(cell: Cell) -> Place:
    text = str(cells.text(60)(cell))
    nation = _NATION.fullmatch(text)
    if nation is not None:
        aside, units = nation["aside"], nation["units"] or None
        if units is None and aside in UNIT_CLASSES:
            return Place((divisions.NATION,), aside)
        if units is None or units in UNIT_CLASSES:
            return Place((divisions.NATION,), units, aside)
        raise CellRefused("unknown_division", "没有这个行政区划")
    return Place(tuple(_area(part) for part in text.split("、")))


def _area(text: str) -> str:
    if re.fullmatch(r"[0-9]+", text):
        if not divisions.is_known(text):
            raise CellRefused("unknown_division", "没有这个行政区划")
        return divisions.get(text).code
    found = divisions.find(text)
    if len(found) != 1:
        raise CellRefused(
            "unknown_division" if not found else "ambiguous_division",
            "没有这个行政区划" if not found else "有多个同名的行政区划,请写全称或代码",
        )
    return found[0].code


def _one_area(cell: Cell) -> str:
    return _area(str(cells.text(60)(cell)))


def _year(cell: Cell) -> int:
    """2020, 2020年度, 2021起 (from then on: the first year)."""
    text = format(cell.normalize(), "f") if isinstance(cell, Decimal) else str(cells.text(20)(cell))
    match = _YEAR.fullmatch(text)
    if match is None:
        raise CellRefused("not_a_year", "应为年份,如 2020")
    return int(match["year"])


def _words(longest: int) -> cells.Kind:
    """Words, or a number or day as a spreadsheet keeps it: a target or a deadline may be typed as either."""

    def parse(cell: Cell) -> str:
        if isinstance(cell, Decimal):
            return format(cell.normalize(), "f")
        if isinstance(cell, date | datetime):
            return cell.isoformat()[:10]
        return str(cells.text(longest)(cell))

    return parse


COLUMNS: Final = (
    Column("number", "序号", _words(20)),
    Column("place", "地区/层级", _place, required=True, aliases=("地区", "层级")),
    Column("counterpart_area", "被帮扶方", _one_area),
    Column("year", "年度", _year, required=True, aliases=("年份",)),
    Column("indicator", "指标(原文)", cells.text(100), required=True, aliases=("指标", "指标名称")),
    Column("sector", "条线", cells.choice({title: code for code, title in SECTORS.items()})),
    Column("text", "目标/比例(原文)", _words(200), required=True, aliases=("目标", "目标(原文)", "目标值")),
    Column("unit", "单位", cells.choice({one: one for one in ("元", "万元", "亿元", "台", "个", "%")})),
    Column("deadline", "截止日期", _words(60)),
    Column("note", "适用与例外(原文)", cells.text(500), aliases=("备注", "说明")),
    Column("source", "依据/source", cells.text(300), required=True, aliases=("依据", "来源")),
)
_TITLES: Final = {column.key: column.title for column in COLUMNS}


@dataclass(frozen=True)
class TargetImport:
    """What an import did, or (`dry_run`) would do: rows read, targets added and known already, all errors by row."""

    dry_run: bool
    rows_read: int
    targets_added: int
    targets_known: int
    errors: tuple[RowError, ...]


def read_targets(data: bytes) -> Table:
    """The rows of a CSV or XLSX list; Invalid (``sheet_…``) when the file as a whole cannot be read."""
    return read_table(data, COLUMNS, limits=LIMITS)


def import_targets(
    session: Session, actor: Actor, table: Table, *, dry_run: bool = False, is_demo: bool = False
) -> TargetImport:
    """Set the targets of a list, all rows or none; a list that changes a target makes its next version.

    Every bad cell is an error, and so is an area over which the actor does not hold ``statistics.targets``.
    """
    if not actor.may("statistics.targets"):
        actor.require("statistics.targets", area=None)
    lock_targets(session)
    errors = list(table.errors)
    found: dict[Key, tuple[int, NewTarget]] = {}
    for row in table.rows:
        for new in _targets_of(actor, row, errors, is_demo=is_demo):
            first, same = found.setdefault(key_of(new), (row.number, new))
            if same is not new:
                errors.append(_error(row, "indicator", "repeated_row", f"与第 {first} 行是同一目标"))
    known = holding(session, (new.year for _, new in found.values()))
    fresh = [new for key, (_, new) in found.items() if known.get(key) != new]
    rows_read = len(table.rows) + len(table.bad_rows)
    if errors:
        return TargetImport(dry_run, rows_read, 0, 0, tuple(sorted(errors, key=lambda error: error.row)))
    if not dry_run:
        for new in fresh:
            add_version(session, new)
        audit.record(
            session,
            actor,
            "statistics.targets.imported",
            "target_list",
            table.sha256[:16],
            detail={"read": rows_read, "added": len(fresh)},
        )
    return TargetImport(dry_run, rows_read, 0 if dry_run else len(fresh), len(found) - len(fresh), ())


def _targets_of(actor: Actor, row: TableRow, errors: list[RowError], *, is_demo: bool) -> Iterator[NewTarget]:
    place = cast("Place", row.values["place"])
    text, indicator = cast("str", row.values["text"]), cast("str", row.values["indicator"])
    measure = _measure(indicator, text)
    try:
        figure = read_figure(text, measure.unit, _money_unit(row))
    except CellRefused as refused:
        errors.append(_error(row, "text", refused.code, refused.message_zh))
        return
    aside = f"发布:{place.aside}" if place.aside else None
    notes = [one for one in (aside, cast("str | None", row.values["note"])) if one]
    for code in place.codes:
        if not actor.may_on("statistics.targets", area=code):
            errors.append(_error(row, "place", "out_of_scope", "不在您的管辖范围内"))
            continue
        yield NewTarget(
            area_code=code,
            counterpart_area=cast("str | None", row.values["counterpart_area"]),
            year=cast("int", row.values["year"]),
            measure=measure.code,
            subject=indicator if measure.code == OTHER else "",
            sector=cast("str | None", row.values["sector"]) or place.units,
            amount=figure.amount,
            upper_amount=figure.upper,
            qualifier=figure.qualifier,
            relative_to=figure.relative_to,
            reason=figure.reason,
            raw_text=text,
            indicator=indicator,
            deadline=cast("str | None", row.values["deadline"]),
            note=";".join(notes) or None,
            source=cast("str", row.values["source"]),
            is_demo=is_demo,
        )


def _measure(indicator: str, text: str) -> TargetMeasure:
    found = by_words(indicator)
    if found.code == "reserve_amount" and "%" in text:  # 预留份额 15% is said of the ratio
        return target_measure("reserve_ratio")
    return found


def _money_unit(row: TableRow) -> str | None:
    unit = row.values["unit"]
    return str(unit) if unit in ("元", "万元", "亿元") else None


def _error(row: TableRow, key: str, code: str, message_zh: str) -> RowError:
    return RowError(row.number, _TITLES[key], code, message_zh)
