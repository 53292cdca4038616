"""Wide tables on paper: which columns stand on a page together, how wide, and their merged head, for typst templates.

A table that is wider than the page goes on below itself (续表) with its first columns, the words that say what a row is, again.
Columns of one merged head stay together where a page has room for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from marketplace.core.sheets.export import Value, display_width
from marketplace.core.sheets.form import Heading

HEAD_LINES: Final = 3
"""A heading is given so many lines before its column is made wider."""
NARROWEST: Final = 5
WIDEST: Final = 24
WORDS_NARROWEST: Final = 12
PADDING: Final = 2
"""Of a column, in halves of a Chinese character like all widths here."""


@dataclass(frozen=True)
class PrintedTable:
    """`kinds`: ``text`` or ``number`` by column. `leading` columns say what a row is and are repeated in every part."""

    headings: Sequence[Heading]
    kinds: Sequence[str]
    rows: Sequence[Sequence[Value]]
    totals: Sequence[Sequence[Value]] = ()
    leading: int = 1


def parts(table: PrintedTable, room: int) -> list[dict[str, Any]]:
    """The table in parts of at most `room` halves of a character, each as a template prints it.

    A part has `widths`, `align`, `head` (rows of cells with `text`, `colspan`, `rowspan`), `rows` and `totals` as texts.
    """
    widths = _fitted([_width(table, column) for column in range(len(table.headings))], table.kinds, room)
    lead = list(range(table.leading))
    left = room - sum(widths[column] for column in lead)
    chosen: list[list[int]] = [[]]
    used = 0
    for group in _groups(table):
        together = sum(widths[column] for column in group)
        if used and used + together > left:
            chosen.append([])
            used = 0
        for column in group:
            if used and used + widths[column] > left:
                chosen.append([])
                used = 0
            chosen[-1].append(column)
            used += widths[column]
    return [_part(table, widths, [*lead, *columns]) for columns in chosen]


def printed(value: Value) -> str:
    """A value as on paper: figures with separators, nothing as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _fitted(widths: list[int], kinds: Sequence[str], room: int) -> list[int]:
    """Columns of words made narrower, where the whole table then has room: words can go on in the next line, figures cannot."""
    over = sum(widths) - room
    spare = [
        max(width - WORDS_NARROWEST, 0) if kind == "text" else 0
        for width, kind in zip(widths, kinds, strict=True)
    ]
    if over <= 0 or sum(spare) < over:
        return widths
    return [width - -(-part * over // sum(spare)) for width, part in zip(widths, spare, strict=True)]


def _groups(table: PrintedTable) -> Iterable[list[int]]:
    rest = range(table.leading, len(table.headings))
    for under, group in groupby(rest, key=lambda column: table.headings[column].under):
        columns = list(group)
        if under:
            yield columns
        else:
            yield from ([column] for column in columns)


def _width(table: PrintedTable, column: int) -> int:
    values = [display_width(printed(row[column])) for row in (*table.rows, *table.totals)]
    if table.kinds[column] == "text":
        values = [min(value, WIDEST) for value in values]
    heading = -(-display_width(table.headings[column].title) // HEAD_LINES)
    # A Chinese character is never cut in two: an odd width holds one half less.
    return max([*values, heading + heading % 2, NARROWEST]) + PADDING


def _part(table: PrintedTable, widths: Sequence[int], columns: Sequence[int]) -> dict[str, Any]:
    return {
        "widths": [widths[column] for column in columns],
        "align": ["left" if table.kinds[column] == "text" else "right" for column in columns],
        "head": _head([table.headings[column] for column in columns]),
        "rows": [[printed(row[column]) for column in columns] for row in table.rows],
        "totals": [[printed(row[column]) for column in columns] for row in table.totals],
    }


def _head(headings: Sequence[Heading]) -> list[list[dict[str, Any]]]:
    """One row of headings, or two where columns have children; a heading without children goes over both."""
    deep = 2 if any(one.under for one in headings) else 1
    first: list[dict[str, Any]] = []
    second: list[dict[str, Any]] = []
    for under, group in groupby(headings, key=lambda one: one.under):
        columns = list(group)
        if under:
            first.append({"text": under, "colspan": len(columns), "rowspan": 1})
            second += [{"text": one.title, "colspan": 1, "rowspan": 1} for one in columns]
        else:
            first += [{"text": one.title, "colspan": 1, "rowspan": deep} for one in columns]
    return [first, second] if second else [first]
