"""Lines of a plan out of a spreadsheet: all rows or none, every bad cell told by row and column."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

from marketplace.core.sheets import cells
from marketplace.core.sheets.cells import CellRefused, Column
from marketplace.core.sheets.limits import DEFAULT_LIMITS
from marketplace.core.sheets.problems import RowError
from marketplace.core.sheets.reader import Cell
from marketplace.core.sheets.table import TableRow, read_table
from marketplace.orders.buying.rules.plan import FUND_TITLES, MOST_PLAN_LINES, Planned
from marketplace.producers.categories import all_categories


def _category(cell: Cell) -> str:
    """A category by its code or its title."""
    text = str(cells.text(40)(cell))
    if text in all_categories():
        return text
    found = [code for code, one in all_categories().items() if one.title_zh == text]
    if not found:
        raise CellRefused("unknown_category", "没有这个品类")
    return found[0]  # a broader category comes first


COLUMNS: Final = (
    Column("category_code", "品类", _category, required=True, aliases=("品类代码", "类别")),
    Column(
        "fund_source",
        "资金来源",
        cells.choice({title: code for code, title in FUND_TITLES.items()}),
        required=True,
    ),
    Column("month", "月份", cells.whole_number(1, 12)),
    Column("quarter", "季度", cells.whole_number(1, 4)),
    Column("amount_fen", "金额", cells.price_fen(), required=True, aliases=("金额(元)", "计划金额")),
)
LIMITS: Final = replace(DEFAULT_LIMITS, rows=MOST_PLAN_LINES + 1)


def read_lines(data: bytes) -> tuple[list[Planned], list[RowError]]:
    """The lines of a CSV or XLSX file and what is wrong with it; Invalid (``sheet_…``) when it cannot be read at all."""
    table = read_table(data, COLUMNS, limits=LIMITS)
    errors = list(table.errors)
    lines: list[Planned] = []
    first: dict[tuple[object, ...], int] = {}
    for row in table.rows:
        line = _line(row)
        if line.month is not None and line.quarter is not None:
            errors.append(RowError(row.number, "月份", "plan_period", "月份与季度只能填一项"))
        key = (line.category_code, line.fund_source, line.month, line.quarter)
        known = first.setdefault(key, row.number)
        if known != row.number:
            errors.append(RowError(row.number, "品类", "plan_line_repeated", f"与第 {known} 行重复"))
        lines.append(line)
    return lines, sorted(errors, key=lambda error: error.row)


def _line(row: TableRow) -> Planned:
    values = row.values
    return Planned(
        cast("str", values["category_code"]),
        cast("str", values["fund_source"]),
        cast("int", values["amount_fen"]),
        cast("int | None", values["month"]),
        cast("int | None", values["quarter"]),
    )
