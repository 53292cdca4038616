"""As published beside as known today: which figure of which row changed by how much, and which later entries stand behind it.

As known today is as published with every entry that adjusts its months and was booked after them; so the difference of sales in a
row is the sum of the entries named with it. What changed without an entry (a target, a payment list) has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Accrual, Entry
from marketplace.statistics.bulletins.building import Subject, build_with_later, subject_of
from marketplace.statistics.bulletins.canonical import read, row_name
from marketplace.statistics.bulletins.explaining import row_of, side_of
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.conditions import within_place
from marketplace.statistics.reports.protocol import Column, ReportTable, Value

MOST: Final = 1_000  # adjustments listed


@dataclass(frozen=True)
class Adjustment:
    """A later entry (or accrual: benefit without a sale) that adjusts a month of the bulletin; fen. `row` as printed."""

    source: str
    entry_no: int | None
    kind: str
    reason: str | None
    adjusts_period: str
    period: str
    sale_fen: int
    benefit_fen: int
    row: str
    is_comparison: bool  # of a month that the bulletin only compares with (环比, 同比)


@dataclass(frozen=True)
class ChangedFigure:
    """A figure that is not what was published; `difference` where both are numbers (fen, counts, basis points)."""

    column: Column
    published: Value
    today: Value
    difference: int | None


@dataclass(frozen=True)
class ChangedRow:
    """A row with figures that changed, and the numbers of the entries behind them. `state`: changed, added, gone."""

    row: str
    state: str
    figures: list[ChangedFigure]
    entries: list[int]


@dataclass(frozen=True)
class Comparison:
    """Both tables, the rows that differ, all later adjustments (`more` when not all are listed)."""

    published: ReportTable
    today: ReportTable
    rows: list[ChangedRow]
    adjustments: list[Adjustment]
    more: bool


def compare(session: Session, bulletin: Bulletin) -> Comparison:
    """The bulletin as published beside what the same report says today."""
    subject = subject_of(bulletin)
    published = read(bytes(bulletin.content)).table
    today = build_with_later(session, subject)
    found = adjustments_of(session, bulletin)
    return Comparison(
        published, today, _changed_rows(published, today, found), found[:MOST], len(found) > MOST
    )


def adjustments_of(session: Session, bulletin: Bulletin) -> list[Adjustment]:
    """What was booked later and adjusts a month of the bulletin: entries by number, then accruals; at most `MOST` + 1."""
    subject = subject_of(bulletin)
    since = subject.adjusted_to or subject.period
    first = f"{int(subject.period[:4]) - 1}{subject.period[4:]}"  # 同比 looks back a year
    begins = f"{subject.period[:4]}-01"
    entries = session.scalars(
        select(Entry)
        .where(Entry.period > since, Entry.adjusts_period >= min(first, begins))
        .where(Entry.adjusts_period <= subject.period)
        .where(within_place(side_of(subject), subject.area_code))
        .order_by(Entry.entry_no)
        .limit(MOST + 1)
    )
    found = [
        Adjustment(
            "entry",
            entry.entry_no,
            entry.kind,
            entry.reason,
            entry.adjusts_period or "",
            entry.period,
            entry.sale_fen,
            entry.benefit_fen,
            row_of(subject, entry),
            (entry.adjusts_period or "") < begins,
        )
        for entry in entries
    ]
    return [*found, *_accruals(session, subject, since, begins)][: MOST + 1]


def _accruals(session: Session, subject: Subject, since: str, begins: str) -> list[Adjustment]:
    if subject.report != "R6":
        return []
    rows = session.scalars(
        select(Accrual)
        .where(Accrual.period > since, Accrual.adjusts_period >= begins)
        .where(Accrual.adjusts_period <= subject.period)
        .where(within_place(Accrual.origin_area, subject.area_code))
        .order_by(Accrual.period, Accrual.version_no, Accrual.sequence)
        .limit(MOST)
    )
    return [
        Adjustment(
            "accrual",
            None,
            "accrual",
            None,
            row.adjusts_period or "",
            row.period,
            0,
            row.benefit_fen,
            "",
            False,
        )
        for row in rows
    ]


def _changed_rows(
    published: ReportTable, today: ReportTable, adjustments: Sequence[Adjustment]
) -> list[ChangedRow]:
    behind: dict[str, list[int]] = defaultdict(list)
    for one in adjustments:
        if one.entry_no is not None:
            behind[one.row].append(one.entry_no)
    everything = sorted(number for numbers in behind.values() for number in numbers)
    found = _changed(published, published.rows, today.rows, behind)
    for mine, theirs in ((published.total, today.total), *_pairs(published.more_totals, today.more_totals)):
        if mine is not None and theirs is not None and mine != theirs:
            name = row_name(published.columns, mine)
            found.append(ChangedRow(name, "changed", _figures(published.columns, mine, theirs), everything))
    return found


def _pairs(mine: list[list[Value]], theirs: list[list[Value]]) -> list[tuple[list[Value], list[Value]]]:
    return list(zip(mine, theirs, strict=False))


def _changed(
    table: ReportTable, mine: list[list[Value]], theirs: list[list[Value]], behind: dict[str, list[int]]
) -> list[ChangedRow]:
    published, today = _by_name(table, mine), _by_name(table, theirs)
    found: list[ChangedRow] = []
    for name in dict.fromkeys([*published, *today]):
        left, right = published.get(name), today.get(name)
        if left == right:
            continue
        state = "changed" if left is not None and right is not None else "gone" if right is None else "added"
        empty: list[Value] = [None] * len(table.columns)
        figures = _figures(table.columns, left or empty, right or empty)
        found.append(ChangedRow(name, state, figures, behind.get(name.partition(" #")[0], [])))
    return found


def _by_name(table: ReportTable, rows: list[list[Value]]) -> dict[str, list[Value]]:
    """Rows by their words; two of the same words are told apart by a number behind them."""
    found: dict[str, list[Value]] = {}
    for row in rows:
        name, count = row_name(table.columns, row), 1
        while (key := name if count == 1 else f"{name} #{count}") in found:
            count += 1
        found[key] = row
    return found


def _figures(columns: Sequence[Column], mine: list[Value], theirs: list[Value]) -> list[ChangedFigure]:
    return [
        ChangedFigure(
            column,
            one,
            other,
            other - one if isinstance(one, int) and isinstance(other, int) else None,
        )
        for column, one, other in zip(columns, mine, theirs, strict=True)
        if one != other
    ]
