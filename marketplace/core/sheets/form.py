"""An official form as XLSX, ready to be printed: title, approval at the top right, merged head, figures, notes, who signs.

A4 landscape, as wide as one page, the head repeated on each, no formulas. The same form gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import xlsxwriter

from marketplace.core.sheets.export import (
    CREATED,
    WORKBOOK,
    XLSX_CELL_LIMIT,
    Value,
    display_width,
    is_exact,
    shown,
)

A4: Final = 9
NARROWEST: Final = 7
WIDEST: Final = 36
HEAD_LINES: Final = 4
"""A heading is given so many lines before its column is made wider."""
LINE: Final = 14.5
"""Height of a line of text, in points."""
FOOT_EACH: Final = 26
"""Room for a name or a seal behind each label of the foot, in columns of a character."""


@dataclass(frozen=True)
class Heading:
    """A column's heading; neighbours of one `under` stand below a merged one."""

    title: str
    under: str = ""


@dataclass(frozen=True)
class FormSheet:
    """What is printed: `approval` and `foot` as (label, value), `totals` last among the rows and in bold."""

    title: str
    approval: Sequence[tuple[str, str]]
    period: str
    unit: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Value]]
    totals: Sequence[Sequence[Value]]
    notes: Sequence[str]
    foot: Sequence[tuple[str, str]]
    creator: str = ""
    sheet_name: str = field(default="报表")


def write_form(form: FormSheet) -> bytes:
    """The bytes of the form as an XLSX file."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        book.set_properties({"created": CREATED, "title": form.title})
        _Drawn(book, form).draw()
    return out.getvalue()


class _Drawn:
    """One sheet being drawn from top to bottom; `row` is the next free one."""

    def __init__(self, book: Any, form: FormSheet) -> None:
        self.form = form
        self.sheet = book.add_worksheet(form.sheet_name)
        self.last = len(form.headings) - 1
        self.row = 0
        self.widths = _widths(form)
        thin = {"border": 1, "valign": "vcenter", "font_size": 10}
        self.formats = {
            name: book.add_format(values)
            for name, values in {
                "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"},
                "right": {"align": "right", "font_size": 10},
                "left": {"align": "left", "font_size": 10},
                "note": {"align": "left", "valign": "top", "font_size": 9, "text_wrap": True},
                "head": thin | {"bold": True, "align": "center", "text_wrap": True},
                "text": thin | {"align": "left", "text_wrap": True},
                "mark": thin | {"align": "center"},
                "count": thin | {"num_format": "#,##0"},
                "money": thin | {"num_format": "#,##0.00"},
                "total_text": thin | {"bold": True, "align": "left", "text_wrap": True},
                "total_mark": thin | {"bold": True, "align": "center"},
                "total_count": thin | {"bold": True, "num_format": "#,##0"},
                "total_money": thin | {"bold": True, "num_format": "#,##0.00"},
            }.items()
        }

    def draw(self) -> None:
        """Everything, and how it is printed."""
        form, sheet = self.form, self.sheet
        for column, width in enumerate(self.widths):
            sheet.set_column(column, column, width)
        sheet.set_row(self.row, 28)
        self._across(form.title, "title")
        for label, value in form.approval:
            self._across(f"{label}:{value}" if label else value, "right")
        self._left_and_right(form.period, form.unit)
        first = self.row
        self._head()
        sheet.repeat_rows(first, self.row - 1)
        sheet.freeze_panes(self.row, 1)
        for line in form.rows:
            self._line(line, "")
        for line in form.totals:
            self._line(line, "total_")
        self._foot()
        for note in form.notes:
            sheet.set_row(self.row, LINE * self._lines_of(note))
            self._across(f"注:{note}", "note")
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页,共 &N 页")
        sheet.print_area(0, 0, self.row - 1, self.last)

    def _across(self, text: str, style: str) -> None:
        self._merge(self.row, 0, self.row, self.last, text, style)
        self.row += 1

    def _merge(self, top: int, left: int, bottom: int, right: int, text: str, style: str) -> None:
        text = shown(text)[:XLSX_CELL_LIMIT]
        if (top, left) == (bottom, right):
            self.sheet.write_string(top, left, text, self.formats[style])
        else:
            self.sheet.merge_range(top, left, bottom, right, "", self.formats[style])
            self.sheet.write_string(top, left, text, self.formats[style])

    def _left_and_right(self, left: str, right: str) -> None:
        """Two texts of one line, each over its half of the columns."""
        middle = self.last // 2
        self._merge(self.row, 0, self.row, middle, left, "left")
        if self.last > middle:
            self._merge(self.row, middle + 1, self.row, self.last, right, "right")
        self.row += 1

    def _head(self) -> None:
        """One row of headings, or two where columns have children; a heading without children goes over both."""
        headings = self.form.headings
        has_children = any(one.under for one in headings)
        bottom = self.row + (1 if has_children else 0)
        column = 0
        for under, group in groupby(headings, key=lambda one: one.under):
            columns = list(group)
            if under:
                self._merge(self.row, column, self.row, column + len(columns) - 1, under, "head")
            for place, one in enumerate(columns, start=column):
                self._merge(bottom if under else self.row, place, bottom, place, one.title, "head")
            column += len(columns)
        lines = max(_lines(one.title, width) for one, width in zip(headings, self.widths, strict=True))
        for row in range(self.row, bottom):
            self.sheet.set_row(row, LINE * 1.4)
        self.sheet.set_row(bottom, LINE * (lines + 0.4))
        self.row = bottom + 1

    def _line(self, line: Sequence[Value], prefix: str) -> None:
        for column, value in enumerate(line):
            if isinstance(value, int) and not isinstance(value, bool) and is_exact(value):
                self.sheet.write_number(self.row, column, value, self.formats[f"{prefix}count"])
            elif not isinstance(value, str | bool) and value is not None and _is_number(value):
                self.sheet.write_number(self.row, column, value, self.formats[f"{prefix}money"])
            else:
                text = shown(value)[:XLSX_CELL_LIMIT]
                # A word in a column of figures (—, 未报) stands in its middle.
                style = "text" if column == 0 or display_width(text) > 8 else "mark"
                self.sheet.write_string(self.row, column, text, self.formats[prefix + style])
        lines = max(
            (
                _lines(shown(value), width)
                for value, width in zip(line, self.widths, strict=True)
                if isinstance(value, str)
            ),
            default=1,
        )
        self.sheet.set_row(self.row, LINE * lines + 2)
        self.row += 1

    def _foot(self) -> None:
        """Who answers for the form, on as many lines as the width of the table asks for."""
        self.row += 1
        together, line = sum(self.widths), ""
        for label, value in self.form.foot:
            part = f"{label}:{value}"
            part += " " * max(FOOT_EACH - display_width(value), 2)
            if line and display_width(line + part) > together:
                self._across(line.rstrip(), "left")
                line = ""
            line += part
        if line:
            self._across(line.rstrip(), "left")

    def _lines_of(self, note: str) -> int:
        # Notes are set smaller than what widths are counted in.
        return _lines(f"注:{note}", sum(self.widths))


def _widths(form: FormSheet) -> list[float]:
    """As wide as the widest value, and wide enough for a heading of few lines."""
    found = []
    for column, heading in enumerate(form.headings):
        values = [display_width(_printed(line[column])) for line in (*form.rows, *form.totals)]
        heading_width = -(-display_width(heading.title) // HEAD_LINES)
        wanted = max([*values, heading_width, NARROWEST])
        found.append(min(wanted + 1.5, WIDEST))
    return found


def _printed(value: Value) -> str:
    if isinstance(value, str | bool) or value is None:
        return shown(value)
    return f"{value:,}" if _is_number(value) else shown(value)


def _is_number(value: Any) -> bool:
    return not hasattr(value, "isoformat") and is_exact(value)


def _lines(text: str, width: float) -> int:
    return max(-(-display_width(text) // max(int(width), 1)), 1)
