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

from marketplace.core.divisions import NATION
from marketplace.core.money import round_half_up
from marketplace.statistics.words import NOT_COMPARABLE, NOT_REPORTED, UNKNOWN

__all__ = [
    "LOCAL_NOTE",
    "NATIONAL_NOTE",
    "NOT_COMPARABLE",
    "NOT_REPORTED",
    "UNKNOWN",
    "Column",
    "Report",
    "ReportRequest",
    "ReportTable",
    "aid_measure",
    "schemes_note",
    "shown",
    "shown_row",
]

Value = int | str | None
Kind = Literal["text", "count", "fen", "bp"]


@dataclass(frozen=True)
class Column:
    """A column: stable code, heading, kind. fen is shown as 万元, bp as percent.

    `title_zh` stands alone (累计:专柜); on the official form columns of one `under` share a merged head above their `short_zh`.
    """

    code: str
    title_zh: str
    kind: Kind
    under: str = ""
    short_zh: str = ""


@dataclass(frozen=True)
class ReportRequest:
    """A report of `area` for the month `period`, limited to `areas` that the asker may see; `view` seller or buyer.

    `memo`: with the columns that stand beside the sums and follow later decisions (`reports.memo`).
    """

    period: str
    area: str
    areas: tuple[str, ...]
    view: str = "seller"
    level: str = "city"
    memo: bool = True


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
    keys: list[str] = field(
        default_factory=list
    )  # digits of each row's area or two areas: names are not unique


# Which certificates make aid sales, said on the reports that count them (docs/rules.md, "Schemes per report").
NATIONAL_NOTE: Final = "扶贫产品为国家扶贫产品目录的产品,2024年起含促进会认定;省级、市级目录不计入全国统计。"
LOCAL_NOTE: Final = (
    "扶贫产品为国家、省级、市级目录及促进会认定的产品;832平台上架、圳品、菜篮子不计入扶贫产品。"
)


def schemes_note(request: ReportRequest) -> str:
    """The note that names the schemes of a report of this area: the nation's counts the national ones alone."""
    return NATIONAL_NOTE if request.area == NATION else LOCAL_NOTE


def aid_measure(request: ReportRequest) -> str:
    """The measure of aid sales that a report of this area counts."""
    return "national_aid_sales" if request.area == NATION else "aid_sales"


class Report(Protocol):
    """One report, one file."""

    code: ClassVar[str]
    title_zh: ClassVar[str]

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
