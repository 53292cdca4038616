"""Rows of a table as records of an adapter: the headings found, blank rows, notes and rows of sums passed over.

A row that is no sale of the table is told by where it stands and what it begins with, never by what it lacks.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.intake.rules.cells import NUMBER_CELL, TEXT_KINDS, CellRule
from marketplace.intake.rules.shapes import Adapter

#: A row whose first cell begins so is a note for people.
NOTE: Final = "※"
#: Titles, periods and names of shops may stand above the headings, in so many rows.
MOST_ABOVE: Final = 10

#: Stands for what a column says that the shape does not name: it stops the row, and what it says might be anybody's.
UNKNOWN: Final = "…"

Row = tuple[int, Sequence[str | None]]


def table_records(rows: Iterable[Row], adapter: Adapter) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """(number of the row, column → text) of each row below the headings; columns by their names in the adapter.

    Columns of personal data are left out; of a column that is not known only its name is kept. Invalid (``no_headings``,
    ``row_shape``) where no row can be the headings.
    """
    filled = ((number, [_blank(cell) for cell in cells]) for number, cells in rows)
    kept = [(number, cells) for number, cells in filled if any(cells)]
    at, columns = _headings(kept, adapter)
    heading = kept[at][1]
    for number, cells in kept[at + 1 :]:
        first = next(cell for cell in cells if cell)
        if (
            first.startswith(NOTE)
            or cells == heading
            or _plain(first).startswith(adapter.layout.foot or "\0")
        ):
            continue
        record: dict[str, str | None] = {}
        for place, cell in enumerate(cells):
            name = columns[place] if place < len(columns) else _nameless(place)
            if name in adapter.cells:
                record[name] = _number(cell, adapter.cells[name])
            elif cell and name not in adapter.layout.personal:
                record[name] = UNKNOWN
        yield number, record


def personal_columns(content: bytes, form: str, adapter: Adapter) -> list[str]:
    """Columns of personal data that a batch names: among its first lines, or as names of JSON values."""
    looked_at = (
        content if form == "jsonl" else b"\n".join(content.split(b"\n", MOST_ABOVE + 1)[: MOST_ABOVE + 1])
    )
    quote = '"' if form == "jsonl" else ""
    return [
        name
        for name in sorted(adapter.layout.personal)
        if any(
            f"{quote}{written}{quote}".encode(encoding) in looked_at
            for encoding, written in (("utf-8", name), ("gb18030", name), ("ascii", json.dumps(name)[1:-1]))
        )
    ]


def _headings(rows: Sequence[tuple[int, list[str | None]]], adapter: Adapter) -> tuple[int, list[str]]:
    """Where the headings stand, and what they name: of the first rows the one with most columns that are known."""
    known = {
        _plain(name): cell.column for cell in adapter.cells.values() for name in (cell.column, *cell.aliases)
    }
    counts = [sum(_plain(cell or "") in known for cell in cells) for _, cells in rows[:MOST_ABOVE]]
    if not counts or not max(counts):
        raise Invalid("no_headings", "没有找到标题行", pointer="/file")
    at = counts.index(max(counts))
    columns = [
        known.get(_plain(cell or ""), cell or _nameless(place)) for place, cell in enumerate(rows[at][1])
    ]
    if len(set(columns)) != len(columns):
        raise Invalid("row_shape", "列标题重复", pointer="/file")
    return at, columns


def _blank(cell: str | None) -> str | None:
    return None if cell is None or not cell.strip() else cell.strip()


def _number(cell: str | None, rule: CellRule) -> str | None:
    """A number of a spreadsheet is as good as text where a column measures; where it names, it stays marked (NUMBER_CELL)."""
    if cell is None or (rule.target and rule.kind in TEXT_KINDS):
        return cell
    return cell.removeprefix(NUMBER_CELL)


def _plain(heading: str) -> str:
    """Headings are compared without blanks, width, and the star of a required one."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).strip("*")


def _nameless(place: int) -> str:
    return f"第{place + 1}列"
