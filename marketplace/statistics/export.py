"""A report or an answer as a file: CSV, or XLSX in the shape of the official table (title, unit, 口径 note; no formulas).

The official table is Chinese, whoever asks. A CSV is for machines and their people: its words pass through `say`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from marketplace.core.actor import area_prefix
from marketplace.core.divisions import NATION
from marketplace.core.sheets.export import write_csv, write_xlsx
from marketplace.core.sheets.form import FormSheet, Heading, write_form
from marketplace.statistics.comparison_measures import title_of, unit_of
from marketplace.statistics.dimensions import area_title, dimension
from marketplace.statistics.forms import Form, form_of
from marketplace.statistics.query import Answer, Question, Row
from marketplace.statistics.reports.protocol import Column, Kind, ReportRequest, ReportTable, Value, shown_row

Say = Callable[[str], str]
UNIT: Final = "金额为万元"
# What a CSV says behind its table.
SAID: Final = {"title": "标题", "period": "统计期", "unit": "单位", "note": "注", "position": "账本位置"}
SUBTOTAL: Final = "小计"
_KINDS: dict[str, Kind] = {"fen": "fen", "bp": "bp"}


def report_file(
    file_format: str,
    code: str,
    title: str,
    request: ReportRequest,
    table: ReportTable,
    say: Say = str,
    *,
    form: Form | None = None,
    heading: str | None = None,
) -> bytes:
    """The bytes of a report; the same table gives the same bytes.

    XLSX is the official form. In CSV, which machines read, the table comes first and what the form says of it after. `form` and
    `heading` (instead of area and title) are those of a bulletin, which was frozen with them.
    """
    area = area_title(area_prefix(request.area)) if request.area != NATION else "全国"
    form = form_of(code) if form is None else form
    heading = f"{area}{title}" if heading is None else heading
    period = f"统计期:{month_title(request.period)}"
    if file_format == "csv":
        rows = _lines([*table.rows, *_totals(table)], table)
        said: list[Sequence[str | int | Decimal]] = [
            [],
            [SAID["title"], heading],
            *([label or "表号", value] for label, value in form.head),
            *([label, value] for label, value in form.foot),
            [SAID["period"], request.period],
            *([[SAID["unit"], UNIT]] if _has_money(table) else []),
            *([SAID["note"], note] for note in table.notes),
            [SAID["position"], table.position],
        ]
        words = [[say(cell) if isinstance(cell, str) else cell for cell in line] for line in [*rows, *said]]
        return write_csv([say(column.title_zh) for column in table.columns], words)
    return write_form(
        FormSheet(
            title=heading,
            approval=form.head,
            period=period,
            unit=f"单位:{UNIT}" if _has_money(table) else "",
            headings=[Heading(column.short_zh or column.title_zh, column.under) for column in table.columns],
            rows=_lines(table.rows, table),
            totals=_lines(_totals(table), table),
            notes=[*table.notes, f"账本位置:{table.position}"],
            foot=form.foot,
        )
    )


def _has_money(table: ReportTable) -> bool:
    return any(column.kind == "fen" for column in table.columns)


def month_title(period: str) -> str:
    """2020-09 as 2020年9月."""
    return f"{period[:4]}年{int(period[5:])}月"


def answer_file(
    file_format: str,
    question: Question,
    answer: Answer,
    say: Say = str,
    subtotals: Sequence[Row] = (),
) -> bytes:
    """The bytes of an answer to a question: dimensions then measures; sub-totals of the first dimension above the total."""
    columns = [Column(code, dimension(code).title_zh, "text") for code in question.by]
    columns += [
        Column(code, title_of(code, say), _KINDS.get(unit_of(code), "count")) for code in question.measures
    ]
    rows: list[list[Value]] = [[*row.titles, *row.figures.values()] for row in answer.rows]
    blanks: list[Value] = [""] * (len(question.by) - 2)
    rows += [[*row.titles, SUBTOTAL, *blanks, *row.figures.values()] for row in subtotals]
    total: list[Value] = (
        ["合计", *[""] * (len(question.by) - 1), *answer.total.values()]
        if question.by
        else list(answer.total.values())
    )
    lines = [shown_row(columns, row) for row in [*rows, total]]
    months = f"{question.from_period or '起始'} 至 {question.to_period or '最新'}"
    notes = [f"{title_of(code)}:{text}" for code, text in answer.definitions.items()]
    return _file(file_format, "统计查询", months, columns, lines, notes, answer.position, say)


def _totals(table: ReportTable) -> list[list[Value]]:
    return [*([table.total] if table.total is not None else []), *table.more_totals]


def _lines(rows: Sequence[Sequence[Value]], table: ReportTable) -> list[list[str | int | Decimal]]:
    return [shown_row(table.columns, row) for row in rows]


def _file(
    file_format: str,
    title: str,
    period: str,
    columns: Sequence[Column],
    lines: Sequence[Sequence[str | int | Decimal]],
    notes: Sequence[str],
    position: int,
    say: Say,
) -> bytes:
    headings = [column.title_zh for column in columns]
    if file_format == "csv":
        words = [[say(cell) if isinstance(cell, str) else cell for cell in line] for line in lines]
        return write_csv([say(heading) for heading in headings], words)
    return write_xlsx(
        headings,
        lines,
        sheet_name="报表",
        before=[[title], [f"统计期:{period}", f"单位:{UNIT}"]],
        after=[[], *[[f"注:{note}"] for note in notes], [f"账本位置:{position}"]],
    )
