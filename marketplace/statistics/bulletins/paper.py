"""A bulletin as a paper (PDF), from its frozen bytes alone: equal for equal content, whenever it is set (docs/adr/0012)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from marketplace.core.actor import area_prefix
from marketplace.core.clock import day_of, in_chinese, utcnow
from marketplace.core.divisions import NATION
from marketplace.core.documents import Paper, render
from marketplace.core.documents.tables import PrintedTable, parts
from marketplace.core.sheets.form import Heading
from marketplace.statistics.bulletins.canonical import digest, read
from marketplace.statistics.bulletins.document import issue_title
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.rules import DISCLOSURES
from marketplace.statistics.dimensions import area_title
from marketplace.statistics.export import UNIT, month_title
from marketplace.statistics.reports.protocol import ReportTable, shown_row

TEMPLATE: Final = Path(__file__).parent.parent / "templates" / "bulletin.typ"
PORTRAIT: Final = 124
"""Room of an upright A4 page in halves of a character of the table's size, and of one laid across; see the template."""
LANDSCAPE: Final = 188


def paper_of(bulletin: Bulletin, content: bytes) -> Paper:
    """Set `content` (what officials, or what everybody may read) of an issued bulletin, dated with its issue."""
    return render(TEMPLATE, fields_of(bulletin, content), dated=bulletin.issued_at or utcnow())


def fields_of(bulletin: Bulletin, content: bytes) -> dict[str, Any]:
    """What templates/bulletin.typ prints."""
    sealed = read(content)
    table = _table(sealed.table)
    place = "全国" if bulletin.area_code == NATION else area_title(area_prefix(bulletin.area_code))
    is_wide = len(parts(table, PORTRAIT)) > 1
    return {
        "title": bulletin.title,
        "issue": issue_title(bulletin),
        "supplied_by": bulletin.supplied_by,
        "dated": in_chinese(day_of(bulletin.issued_at or utcnow())),
        "steps": "　".join(
            f"{in_chinese(day_of(at))} {step}"
            for step, at in (
                ("拟稿", bulletin.drafted_at),
                ("审核", bulletin.reviewed_at),
                ("签发", bulletin.issued_at),
            )
            if at is not None
        ),
        "report": f"{place}{sealed.head['title']}",
        "period": f"统计期:{month_title(bulletin.period)}",
        "unit": f"单位:{UNIT}",
        "head": [f"{label}:{value}" if label else value for label, value in sealed.form.head],
        "foot": [[label, value] for label, value in sealed.form.foot],
        "tables": parts(table, LANDSCAPE if is_wide else PORTRAIT),
        "landscape": is_wide,
        "notes": [*sealed.table.notes, f"账本位置:{sealed.table.position}"],
        "replaces": bulletin.reason or "",
        "main_to": "、".join(bulletin.main_to),
        "copy_to": "、".join(bulletin.copy_to),
        "disclosure": DISCLOSURES[bulletin.disclosure],
        "number": bulletin.number,
        "digest": digest(content).hex(),
    }


def _table(table: ReportTable) -> PrintedTable:
    columns = table.columns
    totals = [*([table.total] if table.total is not None else []), *table.more_totals]
    words = [column.kind == "text" for column in columns]
    return PrintedTable(
        [Heading(column.short_zh or column.title_zh, column.under) for column in columns],
        ["text" if is_word else "number" for is_word in words],
        [shown_row(columns, row) for row in table.rows],
        [shown_row(columns, row) for row in totals],
        leading=_leading(table, words),
    )


def _leading(table: ReportTable, words: list[bool]) -> int:
    """The first columns that say what a row is: an area, or two; of a list of products its first column alone."""
    first = words.index(False) if False in words else len(words)
    return max(1, first) if first <= 2 else 1
