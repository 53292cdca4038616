"""What people upload: a CSV or XLSX of our template or of their own system, as numbered records of an adapter.

A number that a spreadsheet holds where text belongs is marked, so that its row is kept apart and nobody takes what is left of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.core.sheets.delimited import read_delimited
from marketplace.core.sheets.limits import Limits
from marketplace.core.sheets.problems import refusal
from marketplace.core.sheets.reader import OLD_EXCEL, ZIP, Cell, SheetRow, read_rows
from marketplace.intake.rules.cells import NUMBER_CELL
from marketplace.intake.rules.manifests import MOST_ROWS
from marketplace.intake.rules.shapes import Adapter
from marketplace.intake.rules.tables import MOST_ABOVE, table_records

#: The sheet of our template that people fill in; another workbook may have one sheet with data.
SHEET: Final = "填报"
LIMITS: Final = Limits(rows=MOST_ROWS + 2 * MOST_ABOVE, merged=False, hidden=False)


def upload_records(content: bytes, adapter: Adapter) -> list[tuple[int, Mapping[str, str | None]]]:
    """(row of the sheet, column → text). Invalid ``sheet_…``, ``no_headings``, ``no_rows``."""
    rows = ((row.number, [_text(cell) for cell in row.cells]) for row in _rows(content))
    found = list(table_records(rows, adapter))
    if not found:
        raise Invalid("no_rows", "标题行下没有数据", pointer="/file")
    return found


def _rows(content: bytes) -> list[SheetRow]:
    if content and not content.startswith((ZIP, OLD_EXCEL)):
        if len(content) > LIMITS.file_bytes:
            raise refusal("file_too_large")
        rows = read_delimited(content, LIMITS, titled=MOST_ABOVE)
        return [SheetRow(number, tuple(cells)) for number, cells in rows]
    try:
        return read_rows(content, SHEET, LIMITS)
    except Invalid as error:
        if error.code != "sheet_sheet_missing":
            raise
        return read_rows(content, "", LIMITS)


def _text(cell: Cell) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, Decimal):
        return NUMBER_CELL + (format(cell.normalize(), "f") if cell.is_finite() else str(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell.isoformat("seconds")
