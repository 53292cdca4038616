"""How a bank lays out its statement: headings, forms of date and amount, what comes before the table and after it."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

#: What a column can hold. `moment` is a day or a day with its time, `clock` a time of its own; several columns may be `memo`.
FIELDS: Final = (
    "moment",
    "clock",
    "income",
    "outgo",
    "amount",
    "direction",
    "currency",
    "balance",
    "payer_name",
    "payer_account",
    "memo",
    "serial",
    "account",
    "ignored",
)
#: How money in and money out are told apart, with the columns that say it.
AMOUNTS: Final = {
    "two_columns": ("income", "outgo"),
    "signed": ("amount",),
    "directed": ("amount", "direction"),
}
ENCODINGS: Final = ("utf-8-sig", "utf-8", "gbk", "gb18030")
BANKS: Final = Path(__file__).parent / "banks"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column by its heading, and whether a file may be without it."""

    title: str
    field: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of one bank's file.

    preamble: at most so many rows before the headings. account_labels: what stands in the preamble before the account's number.
    footers: words with which the rows after the table begin. serial_scope: within what the bank's serial is unique (account or
    day). encoding: what the bank writes; which one a file has is told by its content.
    """

    code: str
    title: str
    bank: str
    encoding: str
    headings: tuple[Heading, ...]
    amounts: str
    moments: tuple[str, ...]
    clocks: tuple[str, ...] = ()
    preamble: int = 0
    account_labels: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ("人民币", "CNY", "RMB", "人民币元", "156", "01")
    serial_scope: str = "account"

    @property
    def by_heading(self) -> dict[str, Heading]:
        """The columns by their headings as they are compared."""
        return {plain_heading(one.title): one for one in self.headings}

    def has(self, field: str) -> bool:
        """Whether the bank's file has such a column."""
        return any(one.field == field for one in self.headings)


def plain_heading(text: str) -> str:
    """Headings are compared without spaces, width and case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def layout_of(code: str, data: dict[str, Any]) -> Layout:
    """A layout out of its data; ValueError for data that describe none."""
    columns: dict[str, list[str]] = data.pop("columns")
    optional = set(data.pop("optional", ()))
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise ValueError(f"{code}: no such fields: {unknown}")
    headings = tuple(
        Heading(title, field, title in optional) for field, titles in columns.items() for title in titles
    )
    listed = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    layout = Layout(code=code, headings=headings, **(data | listed))
    _check(layout)
    return layout


def _check(layout: Layout) -> None:
    fields = [one.field for one in layout.headings]
    needed = {"moment", "payer_name", *AMOUNTS[layout.amounts]}
    if layout.amounts == "directed" and not (layout.incoming and layout.outgoing):
        raise ValueError(f"{layout.code}: the words of the direction are missing")
    if needed - set(fields):
        raise ValueError(f"{layout.code}: no columns for {sorted(needed - set(fields))}")
    if any(fields.count(field) > 1 for field in set(fields) - {"memo", "ignored"}):
        raise ValueError(f"{layout.code}: two columns for one field")
    if len(layout.by_heading) != len(layout.headings):
        raise ValueError(f"{layout.code}: a heading comes twice")
    if layout.encoding not in ENCODINGS or layout.serial_scope not in {"account", "day"}:
        raise ValueError(f"{layout.code}: encoding or serial_scope")


def load(folder: Path = BANKS) -> tuple[Layout, ...]:
    """Every layout of the folder, by code; the code is the name of the file."""
    return tuple(
        layout_of(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.toml"))
    )


LAYOUTS: Final = load()
LAYOUT_BY_CODE: Final = MappingProxyType({layout.code: layout for layout in LAYOUTS})
