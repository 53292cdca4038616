"""A report or an answer as a file: CSV, or XLSX in the shape of the official table (title, unit, 口径 note; no formulas).

The official table is Chinese, whoever asks. A CSV is for machines and their people: its words pass through `say`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from marketplace.core.sheets.export import write_csv, write_xlsx
from marketplace.statistics.dimensions import area_title, dimension
from marketplace.statistics.measures import measure
from marketplace.statistics.query import Answer, Question
from marketplace.statistics.reports.protocol import Column, Kind, ReportRequest, ReportTable, Value, shown_row

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Say = Callable[[str], str]
_KINDS: dict[str, Kind] = {"fen": "fen", "bp": "bp"}


def report_file(
    file_format: str, title: str, request: ReportRequest, table: ReportTable, say: Say = str
) -> bytes:
    """The bytes of a report; the same table gives the same bytes."""
    area = area_title(request.area) if request.area != "000000" else "全国"
    return _file(
        file_format,
        f"{area}{title}",
        request.period,
        table.columns,
        _lines(table),
        table.notes,
        table.position,
        say,
    )


def answer_file(file_format: str, question: Question, answer: Answer, say: Say = str) -> bytes:
    """The bytes of an answer to a question: dimensions then measures."""
    columns = [Column(code, dimension(code).title_zh, "text") for code in question.by]
    for code in question.measures:
        one = measure(code)
        columns.append(Column(code, one.title_zh, _KINDS.get(one.unit, "count")))
    rows: list[list[Value]] = [[*row.titles, *row.figures.values()] for row in answer.rows]
    total: list[Value] = (
        ["合计", *[""] * (len(question.by) - 1), *answer.total.values()]
        if question.by
        else list(answer.total.values())
    )
    lines = [shown_row(columns, row) for row in [*rows, total]]
    months = f"{question.from_period or '起始'} 至 {question.to_period or '最新'}"
    notes = [f"{measure(code).title_zh}:{text}" for code, text in answer.definitions.items()]
    return _file(file_format, "统计查询", months, columns, lines, notes, answer.position, say)


def _lines(table: ReportTable) -> list[list[str | int | Decimal]]:
    rows = [*table.rows, *([table.total] if table.total is not None else []), *table.more_totals]
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
        before=[[title], [f"统计期:{period}", "单位:金额为万元"]],
        after=[[], *[[f"注:{note}"] for note in notes], [f"账本位置:{position}"]],
    )
