"""What a report is: a code, a title, columns, and rows made from questions to the ledger, all in one snapshot.

Values stay exact (fen, counts, basis points) until they are shown: 万元 with two decimals, percent with two decimals, half up.
A text stands where there is no figure: — not known, 不可比 not comparable, 未报 not reported. Rounded cells are never added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Final, Literal, Protocol

from sqlalchemy.orm import Session

from marketplace.core.money import round_half_up

UNKNOWN: Final = "—"
NOT_COMPARABLE: Final = "不可比"
NOT_REPORTED: Final = "未报"

Value = int | str | None
Kind = Literal["text", "count", "fen", "bp"]


@dataclass(frozen=True)
class Column:
    """A column: stable code, heading, kind. fen is shown as 万元, bp as percent."""

    code: str
    title_zh: str
    kind: Kind


@dataclass(frozen=True)
class ReportRequest:
    """A report of `area` for the month `period`, limited to `areas` that the asker may see; `view` seller or buyer."""

    period: str
    area: str
    areas: tuple[str, ...]
    view: str = "seller"
    level: str = "city"


@dataclass(frozen=True)
class ReportTable:
    """The report as figures: rows in the order of columns, a total row, definitions, the ledger position it was read at."""

    columns: tuple[Column, ...]
    rows: list[list[Value]]
    total: list[Value] | None
    notes: list[str]
    position: int
    last_entry: int
    more_totals: list[list[Value]] = field(default_factory=list)  # rows below the total, e.g. 不含深圳


class Report(Protocol):
    """One report, one file."""

    code: ClassVar[str]
    title_zh: ClassVar[str]
    form_no: ClassVar[str]

    def build(self, session: Session, request: ReportRequest) -> ReportTable:
        """The table; all figures of one snapshot."""


def shown(column: Column, value: Value) -> str | int | Decimal:
    """A value as the official table prints it: 万元 and percent as decimals of two places, the rest as it is."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str) or column.kind in {"text", "count"}:
        return value
    if column.kind == "fen":
        return Decimal(round_half_up(value, 10_000)).scaleb(-2)
    return Decimal(value).scaleb(-2)


def shown_row(columns: Sequence[Column], row: Sequence[Value]) -> list[str | int | Decimal]:
    """A whole row as printed."""
    return [shown(column, value) for column, value in zip(columns, row, strict=True)]
