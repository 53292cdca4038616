"""The bytes of a report, made in exactly one place: what is signed, kept, and must come out again.

UTF-8 JSON with keys in ascending order and no spaces; figures are integers (fen, counts, basis points) or texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import orjson

from marketplace.statistics.forms import Form
from marketplace.statistics.reports.protocol import Column, ReportTable, Value


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical bytes of JSON-like data."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(content: bytes) -> bytes:
    """SHA-256 of canonical bytes."""
    return hashlib.sha256(content).digest()


def content_of(head: Mapping[str, Any], table: ReportTable) -> bytes:
    """The bytes of a report: what it is (`head`: code, title, request, form) and its table."""
    return canonical(
        {
            **head,
            "columns": [asdict(column) for column in table.columns],
            "rows": table.rows,
            "total": table.total,
            "more_totals": table.more_totals,
            "keys": table.keys,
            "notes": table.notes,
            "position": table.position,
            "last_entry": table.last_entry,
        }
    )


@dataclass(frozen=True)
class Sealed:
    """A frozen report, read again."""

    head: dict[str, Any]
    table: ReportTable

    @property
    def form(self) -> Form:
        """The form as it was when the report was frozen."""
        return Form(**self.head["form"])


def read(content: bytes) -> Sealed:
    """The report that the bytes hold."""
    found: dict[str, Any] = orjson.loads(content)
    known = {field.name for field in fields(Column)}
    table = ReportTable(
        columns=tuple(
            Column(**{name: value for name, value in column.items() if name in known})
            for column in found.pop("columns")
        ),
        rows=found.pop("rows"),
        total=found.pop("total"),
        notes=found.pop("notes"),
        position=found.pop("position"),
        last_entry=found.pop("last_entry"),
        more_totals=found.pop("more_totals"),
        keys=found.pop("keys"),
    )
    return Sealed(found, table)


@dataclass(frozen=True)
class Difference:
    """The first thing that is not the same: the row's words, the column's code, both values; "" where there is none."""

    row: str
    column: str
    published: str
    again: str


def first_difference(published: ReportTable, again: ReportTable) -> Difference | None:
    """The first row and column in which two tables differ, then whatever else differs; None when they are the same."""
    if published.columns != again.columns:
        return Difference("", "columns", _said(published.columns), _said(again.columns))
    mine, theirs = list(_lines(published)), list(_lines(again))
    for index in range(max(len(mine), len(theirs))):
        left, right = _at(mine, index), _at(theirs, index)
        if left == right:
            continue
        if left is None or right is None:
            found = left or right or []
            return Difference(
                row_name(published.columns, found),
                "",
                "" if left is None else "1",
                "" if right is None else "1",
            )
        for column, one, other in zip(published.columns, left, right, strict=True):
            if one != other:
                return Difference(row_name(published.columns, left), column.code, str(one), str(other))
    for name in ("keys", "notes", "position", "last_entry"):
        if getattr(published, name) != getattr(again, name):
            return Difference("", name, _said(getattr(published, name)), _said(getattr(again, name)))
    return None


def row_name(columns: Iterable[Column], row: Iterable[Value]) -> str:
    """What a row is called: its words that are no figures."""
    return " ".join(
        str(value) for column, value in zip(columns, row, strict=True) if column.kind == "text" and value
    )


def _lines(table: ReportTable) -> Iterable[list[Value]]:
    yield from table.rows
    if table.total is not None:
        yield table.total
    yield from table.more_totals


def _at(lines: list[list[Value]], index: int) -> list[Value] | None:
    return lines[index] if index < len(lines) else None


def _said(value: Any) -> str:
    return str(value)
