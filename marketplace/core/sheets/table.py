"""An uploaded table against its columns: every row read, every error listed by row, column and reason."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from marketplace.core.sheets.cells import CellRefused, Column, Kind
from marketplace.core.sheets.limits import DEFAULT_LIMITS, Limits
from marketplace.core.sheets.problems import RowError, refusal
from marketplace.core.sheets.reader import Cell, SheetRow, read_rows

REMEMBERED: Final = 10_000


@dataclass(frozen=True)
class TableRow:
    """A row whose cells all passed: its number in the file and a value per column key (None where blank)."""

    number: int
    values: dict[str, object]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """What was read: the headings as they stood, good rows, errors in order of the file, rows that have errors as they
    stood, and the SHA-256 of the file."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    errors: tuple[RowError, ...]
    bad_rows: tuple[SheetRow, ...]
    sha256: str


def read_table(
    data: bytes, columns: Sequence[Column], sheet_name: str = "", limits: Limits = DEFAULT_LIMITS
) -> Table:
    """Read a CSV or XLSX file against its columns.

    The first row that is not blank holds the headings, in any order. A row with several bad cells has an error for each.

    :raises Invalid: ``sheet_…`` when the file as a whole cannot be read or its headings do not fit.
    """
    rows = read_rows(data, sheet_name, limits)
    if not rows:
        raise refusal("no_header")
    places = _match_headings(rows[0].cells, columns)
    columns = [replace(column, kind=_remembering(column.kind)) for column in columns]
    good: list[TableRow] = []
    bad: list[SheetRow] = []
    errors: list[RowError] = []
    for row in rows[1:]:
        found = len(errors)
        values = _read_row(row, columns, places, errors)
        if len(errors) == found:
            good.append(TableRow(row.number, values, row.cells))
        else:
            bad.append(row)
    headings = tuple(str(cell) for cell in rows[0].cells)
    return Table(headings, tuple(good), tuple(errors), tuple(bad), hashlib.sha256(data).hexdigest())


def _match_headings(cells: Sequence[Cell], columns: Sequence[Column]) -> dict[str, int]:
    """Place of each column by its key. An unknown heading is refused: its data would be lost without a word."""
    known = {_plain(title): column.key for column in columns for title in (column.title, *column.aliases)}
    places: dict[str, int] = {}
    unknown = []
    for place, cell in enumerate(cells):
        key = known.get(_plain(cell)) if isinstance(cell, str) else None
        if key is None:
            unknown.append("（空）" if cell is None else str(cell)[:40])
        elif key in places:
            raise refusal("header_repeated", str(cell)[:40])
        else:
            places[key] = place
    if not places:
        raise refusal("no_header")
    if unknown:
        raise refusal("header_unknown", *unknown)
    missing = [column.title for column in columns if column.required and column.key not in places]
    if missing:
        raise refusal("header_missing", *missing)
    return places


def _plain(heading: str) -> str:
    """Headings are compared without spaces, width, and the star that marks a required one."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).strip("*").casefold()


def _remembering(kind: Kind) -> Kind:
    """The same column kind, judging a text that comes again (a credit code, a category) only once."""
    judged: dict[str, object] = {}

    def parse(cell: Cell) -> object:
        if not isinstance(cell, str):
            return kind(cell)
        if cell not in judged:
            if len(judged) >= REMEMBERED:
                judged.clear()
            judged[cell] = kind(cell)
        return judged[cell]

    return parse


def _read_row(
    row: SheetRow, columns: Sequence[Column], places: dict[str, int], errors: list[RowError]
) -> dict[str, object]:
    values: dict[str, object] = {}
    if len(row.cells) > len(places):
        errors.append(RowError(row.number, "", "extra_cells", "单元格多于标题"))
    for column in columns:
        place = places.get(column.key)
        cell = row.cells[place] if place is not None and place < len(row.cells) else None
        if isinstance(cell, str) and not cell.strip():
            cell = None
        if cell is None:
            values[column.key] = None
            if column.required:
                errors.append(RowError(row.number, column.title, "missing", "没有填写"))
            continue
        try:
            values[column.key] = column.kind(cell)
        except CellRefused as refused:
            errors.append(RowError(row.number, column.title, refused.code, refused.message_zh))
    return values
