"""Workbooks as people fill them in: our template with rows written under its notes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.templates import template_of
from marketplace.intake.rules.uploads import SHEET


def filled_in(
    adapter: str, *rows: Mapping[str, Any], formula: str = "", merged: str = "", hidden: bool = False
) -> bytes:
    """The template's own headings and notes, then the rows; values keep their types."""
    template = CalamineWorkbook.from_filelike(io.BytesIO(template_of(adapter_of(adapter))))
    head, notes = template.get_sheet_by_name(SHEET).to_python()[:2]
    titles = [str(title).strip("*") for title in head]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(SHEET)
        lines: list[Sequence[Any]] = [head, notes, *([row.get(title) for title in titles] for row in rows)]
        for place, line in enumerate(lines):
            for column, value in enumerate(line):
                if value not in (None, ""):
                    sheet.write(place, column, value)
        if formula:
            sheet.write_formula(formula, "=1+1")
        if merged:
            sheet.merge_range(merged, "合并")
        if hidden:
            other = book.add_worksheet("底稿")
            other.write(0, 0, "x")
            other.hide()
    return out.getvalue()
