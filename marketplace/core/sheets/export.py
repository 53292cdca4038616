"""Tables for people to open: CSV with a byte-order mark and XLSX, neither of which can carry a formula.

Excel runs text that begins with = + - @ (wide forms included), a tab or a line break as a formula; such text gets a
leading apostrophe, which ``unquoted`` takes off again on import. XLSX cells are written by type, never by xlsxwriter's
guessing ``write``.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import xlsxwriter

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX_CELL_LIMIT: Final = 32_767
EXACT_NUMBER: Final = 10**15
HEADING_WIDTH: Final = 12
"""Headings wrap; a column is as wide as its widest value, at least this and at most WIDEST."""
WIDEST: Final = 42
CREATED: Final = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""The same table gives the same bytes: the file says this and not the time of writing."""
WORKBOOK: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
"""Options of every workbook: nothing of a text becomes a formula, a number or a link."""

Value = str | int | Decimal | bool | date | None


def quoted(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def unquoted(text: str) -> str:
    """The opposite of ``quoted``."""
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def shown(value: Value) -> str:
    """A value as text: numbers plain, truth as 是 or 否, days as 2020-09-01, nothing as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return quoted(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """UTF-8 with a mark, so that Excel reads it as such; lines end with CR LF (RFC 4180)."""
    return b"".join(csv_parts(headings, [rows]))


def csv_parts(headings: Sequence[str], pages: Iterable[Iterable[Sequence[Value]]]) -> Iterator[bytes]:
    """The file of `write_csv` in parts, one for the headings and one for each page of rows: nothing else is held."""
    yield _csv([[quoted(heading) for heading in headings]], "utf-8-sig")
    for rows in pages:
        yield _csv(([shown(value) for value in row] for row in rows), "utf-8")


def _csv(rows: Iterable[Sequence[str]], encoding: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding, "replace")


def write_xlsx(
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    sheet_name: str = "数据",
    before: Iterable[Sequence[Value]] = (),
    after: Iterable[Sequence[Value]] = (),
) -> bytes:
    """One sheet: rows ``before`` (title, unit), the headings, the rows, rows ``after`` (notes, who filled it in).

    Text is written as text; integers and decimals of at most fifteen figures as numbers, longer ones as text.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet(sheet_name)
        bold = book.add_format({"bold": True})
        wrapped = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        exact = book.add_format({"num_format": "#,##0.00"})
        widths: dict[int, int] = {}
        place = 0
        titles = [headings]
        for style, part in ((bold, before), (wrapped, titles), (None, rows), (None, after)):
            for row in part:
                for column, value in enumerate(row):
                    if isinstance(value, int | Decimal) and not isinstance(value, bool) and is_exact(value):
                        sheet.write_number(
                            place, column, value, exact if style is None and _is_money(value) else style
                        )
                    elif value is not None:
                        sheet.write_string(place, column, shown(value)[:XLSX_CELL_LIMIT], style)
                    if part is rows or part is titles:
                        width = display_width(shown(value)) if part is rows else HEADING_WIDTH
                        widths[column] = max(widths.get(column, 0), width)
                place += 1
        for column, width in widths.items():
            sheet.set_column(column, column, min(width + 2, WIDEST))
    return out.getvalue()


def display_width(text: str) -> int:
    """Columns that a text takes: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _is_money(value: int | Decimal) -> bool:
    return isinstance(value, Decimal) and value.as_tuple().exponent == -2


def is_exact(value: int | Decimal) -> bool:
    """Whether a spreadsheet keeps every figure of the number."""
    if isinstance(value, int):
        return abs(value) < EXACT_NUMBER
    return value.is_finite() and abs(value) < EXACT_NUMBER and len(value.as_tuple().digits) <= 15
