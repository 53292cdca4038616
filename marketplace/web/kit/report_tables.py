"""A report's table as a page shows it: two rows of headings where columns share one, cells as the official form has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from marketplace.core.http import localised
from marketplace.statistics.reports.protocol import Column, ReportTable, Value, shown_row
from marketplace.web.kit.words import label


@dataclass(frozen=True)
class Heading:
    """A heading over `columns` columns and `rows` rows; `is_figure`: its cells stand to the right."""

    title: str
    columns: int = 1
    rows: int = 1
    is_figure: bool = True


@dataclass(frozen=True)
class Shaped:
    """The table ready to be written: headings in two rows (the second may be empty), rows of texts, totals, notes."""

    upper: Sequence[Heading]
    lower: Sequence[Heading]
    rows: Sequence[Sequence[str]]
    totals: Sequence[Sequence[str]]
    notes: Sequence[str]
    has_money: bool


def shape(table: ReportTable) -> Shaped:
    """Shape `table`; money is 万元 and rates are percent, both with two decimals."""
    upper: list[Heading] = []
    lower: list[Heading] = []
    parted = any(column.under for column in table.columns)
    for under, group in groupby(table.columns, key=lambda column: column.under):
        columns = list(group)
        if under:
            upper.append(Heading(label(under), len(columns)))
            lower += [
                Heading(label(one.short_zh or one.title_zh), is_figure=one.kind != "text") for one in columns
            ]
        else:
            upper += [
                Heading(label(one.title_zh), rows=2 if parted else 1, is_figure=one.kind != "text")
                for one in columns
            ]
    totals = [row for row in (table.total, *table.more_totals) if row is not None]
    return Shaped(
        upper,
        lower,
        [_written(table.columns, row) for row in table.rows],
        [_written(table.columns, row) for row in totals],
        [label(one) for one in table.notes],
        any(column.kind == "fen" for column in table.columns),
    )


def _written(columns: Sequence[Column], row: Sequence[Value]) -> list[str]:
    """Whole numbers with their thousands; words (未报, 不可比) in the language of the request, names of places as they are."""
    return [
        f"{cell:,}" if isinstance(cell, int | Decimal) else localised(cell)
        for cell in shown_row(columns, row)
    ]
