"""Answers and reports as JSON: exact figures with their titles and definitions, for the routes and for exports.

Titles are in the language of the request; where there is none, Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from marketplace.core.http import localised
from marketplace.statistics.comparison_measures import title_of, unit_of
from marketplace.statistics.forms import form_of
from marketplace.statistics.query import Answer, Question, Row
from marketplace.statistics.reports.protocol import Report, ReportRequest, ReportTable, Value


def answer_as_json(question: Question, answer: Answer, subtotals: Sequence[Row] = ()) -> dict[str, Any]:
    """The wire form of an answer."""
    return {
        "measures": [
            {"code": code, "title": title_of(code, localised), "unit": unit_of(code)}
            for code in question.measures
        ],
        "dimensions": list(question.by),
        "rows": [_row(row) for row in answer.rows],
        "total": answer.total,
        "definitions": {code: localised(text) for code, text in answer.definitions.items()},
        "position": answer.position,
        "last_entry": answer.last_entry,
        "view": question.view,
        "subtotals": [_row(row) for row in subtotals],
    }


def report_as_json(report: Report, request: ReportRequest, table: ReportTable) -> dict[str, Any]:
    """The wire form of a report."""
    return {
        "code": report.code,
        "title": localised(report.title_zh),
        "form": asdict(form_of(report.code)),
        "period": request.period,
        "area": request.area,
        "view": request.view,
        "columns": [
            {
                "code": c.code,
                "title": localised(c.title_zh),
                "kind": c.kind,
                "under": localised(c.under) if c.under else None,
            }
            for c in table.columns
        ],
        "rows": [_localised_row(row) for row in table.rows],
        "total": None if table.total is None else _localised_row(table.total),
        "more_totals": [_localised_row(row) for row in table.more_totals],
        "notes": [localised(note) for note in table.notes],
        "position": table.position,
        "last_entry": table.last_entry,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": [None if v is None else str(v) for v in row.key],
        "titles": [localised(title) for title in row.titles],
        "figures": row.figures,
    }


def _localised_row(row: Sequence[Value]) -> list[Value]:
    """A row whose words (合计, 不可比, names of modes) are in the language of the request; names of places stay."""
    return [localised(value) if isinstance(value, str) else value for value in row]
