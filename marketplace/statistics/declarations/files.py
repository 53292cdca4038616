"""The register of a month as a file: CSV, or XLSX to be printed. Amounts in yuan; a silent unit prints 未报, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from marketplace.core import divisions
from marketplace.core.money import ratio_bp
from marketplace.core.sheets.export import Value, write_csv
from marketplace.core.sheets.form import FormSheet, Heading, write_form
from marketplace.statistics.declarations.kinds import DeclaredReport, declared_report
from marketplace.statistics.declarations.rate import Owed
from marketplace.statistics.declarations.register import RegisterRow
from marketplace.statistics.declarations.rules import STATES
from marketplace.statistics.forms import form_of
from marketplace.statistics.measures import measure
from marketplace.statistics.words import NOT_REPORTED, UNKNOWN

_LEAD: Final = ("地区", "报送单位", "状态", "报送期限")
_PARTS: Final = ("填报", "账本", "差额")
UNIT: Final = "单位:元"


def register_file(
    file_format: str, report: str, period: str, area: str, rows: Sequence[RegisterRow]
) -> bytes:
    """The bytes of the register; the same rows give the same bytes."""
    kind = declared_report(report)
    lines = [_line(row) for row in rows]
    notes = _notes(rows)
    if file_format == "csv":
        said: list[Sequence[Value]] = [[], *(["注", note] for note in notes)]
        return write_csv([_flat(one) for one in _headings(kind)], [*lines, *said])
    form = form_of(report)
    return write_form(
        FormSheet(
            title=f"{divisions.get(area).name}{kind.title_zh}填报台账",
            approval=form.head,
            period=f"统计期:{period}",
            unit=UNIT,
            headings=_headings(kind),
            rows=lines,
            totals=[],
            notes=notes,
            foot=form.foot,
            sheet_name="填报台账",
        )
    )


def _headings(kind: DeclaredReport) -> list[Heading]:
    return [
        *(Heading(title) for title in _LEAD),
        *(Heading(part, measure(code).title_zh) for code in kind.measures for part in _PARTS),
    ]


def _flat(heading: Heading) -> str:
    return f"{heading.under}:{heading.title}" if heading.under else heading.title


def _line(row: RegisterRow) -> list[Value]:
    unit = row.unit
    found: list[Value] = [
        divisions.get(unit.area_code).name,
        unit.name,
        _state(unit),
        unit.due_on.isoformat(),
    ]
    for figure in row.figures:
        silent = row.word == NOT_REPORTED
        found += [
            NOT_REPORTED if silent else _yuan(figure.declared_fen),
            _yuan(figure.computed_fen),
            _yuan(figure.difference_fen),
        ]
    return found


def _state(unit: Owed) -> str:
    """已上报, 零报告, or how far it has come; a reason where it is listed as 未报."""
    if unit.is_reported:
        return "零报告" if unit.is_zero else STATES["sent"]
    word = STATES[unit.state] if unit.state else NOT_REPORTED
    return f"{word}({unit.silence_reason})" if unit.silence_reason else word


def _yuan(fen: int | None) -> Value:
    return UNKNOWN if fen is None else Decimal(fen).scaleb(-2)


def _notes(rows: Sequence[RegisterRow]) -> list[str]:
    reported = sum(row.unit.is_reported for row in rows)
    zero = sum(row.unit.is_reported and row.unit.is_zero for row in rows)
    bp = ratio_bp(reported, len(rows)) if rows else None
    rate = UNKNOWN if bp is None else f"{bp // 100}.{bp % 100:02d}%"
    return [
        f"报送率 {rate}:应报 {len(rows)} 个,已报 {reported} 个,其中零报告 {zero} 个。",
        "账本为提交填报时的账本数;差额=填报−账本。未报不是零。",
    ]
