"""The workbook that people fill in for a shape: headings, a row of notes, checks of Excel's own, an example on another sheet."""

from __future__ import annotations

import io
from typing import Any, Final

import xlsxwriter

from marketplace.core.sheets.export import CREATED, HEADING_WIDTH, WIDEST, WORKBOOK, display_width
from marketplace.intake.rules.cells import TEXT_KINDS, CellRule
from marketplace.intake.rules.manifests import MOST_ROWS
from marketplace.intake.rules.shapes import Adapter
from marketplace.intake.rules.tables import NOTE
from marketplace.intake.rules.uploads import SHEET

EXAMPLE: Final = "填写示例"
ABOUT: Final = "说明"
_MEASURED: Final = frozenset({"yuan", "fen", "units", "kilograms", "weight"})
_TEXT: Final = "@"
_LAST: Final = MOST_ROWS + 1


def template_of(adapter: Adapter) -> bytes:
    """The template as XLSX; the same shape gives the same bytes. What it has no column for, a row need not say."""
    cells = template_cells(adapter)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        book.set_properties({"created": CREATED})
        styles = {
            "head": book.add_format({"bold": True, "border": 1, "text_wrap": True}),
            "note": book.add_format({"italic": True, "font_color": "#666666", "text_wrap": True}),
            "text": book.add_format({"num_format": _TEXT}),
        }
        sheet = book.add_worksheet(SHEET)
        _head(sheet, cells, styles)
        for column, cell in enumerate(cells):
            sheet.write_string(1, column, _note(cell, first=column == 0), styles["note"])
            _check(sheet, column, _allowed(adapter, cell), cell)
        sheet.freeze_panes(2, 0)
        shown = book.add_worksheet(EXAMPLE)
        _head(shown, cells, styles)
        for column, cell in enumerate(cells):
            shown.write_string(1, column, cell.example, styles["text"])
        about = book.add_worksheet(ABOUT)
        about.set_column(0, 0, 100)
        for place, line in enumerate(_about(adapter)):
            about.write_string(place, 0, line)
    return out.getvalue()


def template_cells(adapter: Adapter) -> list[CellRule]:
    """The columns that a template has: those that say something, and those that belong to one that does."""
    belong = {name for cell in adapter.cells.values() for name in (cell.beside, cell.unit_column) if name}
    return [
        cell
        for cell in adapter.cells.values()
        if cell.target or cell.required or cell.column in belong or cell.column == adapter.state_column
    ]


def _head(sheet: Any, cells: list[CellRule], styles: dict[str, Any]) -> None:
    for column, cell in enumerate(cells):
        title = f"{cell.column}*" if cell.required else cell.column
        width = max(display_width(title), display_width(cell.example), HEADING_WIDTH) + 2
        sheet.set_column(column, column, min(width, WIDEST), _style(cell, styles))
        sheet.write_string(0, column, title, styles["head"])


def _style(cell: CellRule, styles: dict[str, Any]) -> Any:
    """Names and numbers-as-names are text, or Excel takes their zeros and their ends."""
    return styles["text"] if cell.kind in (*TEXT_KINDS, "code", "instant") else None


def _note(cell: CellRule, *, first: bool) -> str:
    said = "；".join(filter(None, ("必填" if cell.required else "", cell.note)))
    return f"{NOTE} {said}".strip() if first else said


def _allowed(adapter: Adapter, cell: CellRule) -> list[str]:
    if cell.column == adapter.state_column:
        return sorted({*(adapter.states or ()), *adapter.not_yet, *adapter.called_off})
    for other in adapter.cells.values():
        if other.unit_column == cell.column:
            return list(other.units or ())
    return list(cell.codes or ())


def _check(sheet: Any, column: int, allowed: list[str], cell: CellRule) -> None:
    """What Excel itself refuses; a row is judged by the service all the same."""
    rule: dict[str, Any]
    if allowed:
        rule = {"validate": "list", "source": allowed}
    elif cell.kind == "uscc":
        rule = {"validate": "length", "criteria": "==", "value": 18}
    elif cell.kind in _MEASURED and not cell.writing.money_signs and not cell.signed:
        rule = {"validate": "decimal", "criteria": ">=", "value": 0}
    else:
        return
    rule |= {"error_title": cell.column[:32], "error_message": (cell.note or "不在允许的范围内")[:255]}
    sheet.data_validation(2, column, _LAST, column, rule)


def _about(adapter: Adapter) -> list[str]:
    return [
        f"{adapter.title}（{adapter.code}）填报说明",
        f"1. 在“{SHEET}”表中逐行填写，标题行和说明行（以“{NOTE}”开头）请保留；带“*”的列必填。",
        "2. 编号、条码、统一社会信用代码等应为文本，不能是数值；不要合并单元格，不要使用公式，不要隐藏工作表。",
        f"3. 一次至多 {MOST_ROWS} 行。同一文件再次上传不会重复入账；有误的行会列出行号和原因，其余各行照常入账。",
        "4. 不要填写任何个人信息（姓名、电话、住址、证件号码）。",
    ]
