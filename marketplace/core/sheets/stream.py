"""Tables of millions of rows, written row by row into a file: CSV, and XLSX of as many sheets as it takes.

As `core.sheets.export`: no text becomes a formula, and the same rows give the same bytes. Memory does not grow with the rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from marketplace.core.sheets.export import (
    CREATED,
    WORKBOOK,
    XLSX_CELL_LIMIT,
    Value,
    display_width,
    is_exact,
    quoted,
    shown,
)

SHEET_ROWS: Final = 1_000_000
"""Rows of one sheet: a round number below what a spreadsheet can have (1,048,576 with headings)."""
_NARROWEST: Final = 9


def stream_csv(file: Path, headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> int:
    """Write a CSV as `write_csv` does; how many rows it has."""
    count = 0
    with file.open("w", encoding="utf-8-sig", errors="replace", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([quoted(heading) for heading in headings])
        for row in rows:
            writer.writerow([shown(value) for value in row])
            count += 1
    return count


def stream_xlsx(
    file: Path,
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    before: Sequence[Sequence[Value]] = (),
    widths: Sequence[int] = (),
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """Write a workbook: on each sheet the rows `before` (title, period), the headings, at most `sheet_rows` rows.

    `widths`: of the columns in characters; where there is none, that of the heading. What is written meanwhile lies in the file's
    folder. How many rows it has.
    """
    options = WORKBOOK | {"in_memory": False, "constant_memory": True, "tmpdir": str(file.parent)}
    count = 0
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"created": CREATED})
        styles = {
            "head": book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"}),
            "bold": book.add_format({"bold": True}),
            "money": book.add_format({"num_format": "#,##0.00"}),
        }
        sheet: Any = None
        place = 0
        for row in rows:
            if count % sheet_rows == 0:
                sheet = book.add_worksheet(f"第{count // sheet_rows + 1}部分")
                place = _begin(sheet, styles, headings, before, widths)
            _write(sheet, place, row, styles)
            place += 1
            count += 1
        if sheet is None:
            _begin(book.add_worksheet("第1部分"), styles, headings, before, widths)
    return count


def _begin(
    sheet: Any,
    styles: dict[str, Any],
    headings: Sequence[str],
    before: Sequence[Sequence[Value]],
    widths: Sequence[int],
) -> int:
    """Title and headings; the next free row. Printed on A4, as wide as a page, headings on each."""
    for column, heading in enumerate(headings):
        wanted = widths[column] if column < len(widths) else 0
        sheet.set_column(column, column, max(wanted, display_width(heading) + 2, _NARROWEST))
    for place, row in enumerate(before):
        for column, value in enumerate(row):
            sheet.write_string(place, column, shown(value)[:XLSX_CELL_LIMIT], styles["bold"])
    place = len(before)
    for column, heading in enumerate(headings):
        sheet.write_string(place, column, shown(heading), styles["head"])
    sheet.freeze_panes(place + 1, 0)
    sheet.repeat_rows(place)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页,共 &N 页")
    return place + 1


def _write(sheet: Any, place: int, row: Sequence[Value], styles: dict[str, Any]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and is_exact(value):
            style = styles["money"] if isinstance(value, Decimal) else None
            sheet.write_number(place, column, value, style)
        elif value is not None:
            sheet.write_string(place, column, shown(value)[:XLSX_CELL_LIMIT])
