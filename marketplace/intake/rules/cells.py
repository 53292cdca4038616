"""How one cell of a reported row is read. Text in, our value out; RowRefused with the reason otherwise. No floats."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from marketplace.core import divisions
from marketplace.core.errors import Invalid
from marketplace.core.identifiers import parse_uscc
from marketplace.core.money import MAX_FEN
from marketplace.intake.rules.rows import RowRefused

MOST_CHARACTERS: Final = 200
_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
#: What a spreadsheet would take for a formula when somebody opens a list of ours. A minus is left: -18℃冷冻鸡 is goods.
_FORMULA: Final = ("=", "+", "@", "\uff1d", "\uff0b", "\uff20")
_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,3}))?\Z", re.ASCII)
_WHOLE: Final = re.compile(r"(0|[1-9][0-9]{0,15})\Z", re.ASCII)
_USUAL_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_USUAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z", re.ASCII)
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ue000-\uf8ff\ufeff]"
)


@dataclass(frozen=True, slots=True)
class CellRule:
    """One column of an adapter: `column` in the file, `target` in SaleRow, and how its text is read."""

    column: str
    target: str
    kind: str
    required: bool = False
    required_when: tuple[str, str] | None = None  # (column, its text)
    codes: Mapping[str, Any] | None = None
    time_format: str | None = None

    def read(self, text: str) -> Any:
        """The value; RowRefused with the reason and this column."""
        try:
            return _KINDS[self.kind](self, text)
        except RowRefused as error:
            raise RowRefused(error.refused.reason, self.column) from None


def _text(_: CellRule, text: str) -> str:
    if len(text) > MOST_CHARACTERS or _INVISIBLE.search(text):
        raise RowRefused("not_text")
    if text.startswith(_FORMULA):
        raise RowRefused("formula")
    return text


def _code(rule: CellRule, text: str) -> Any:
    if rule.codes is None or text not in rule.codes:
        raise RowRefused("unknown_code")
    return rule.codes[text]


def _scaled(text: str, places: int, reason: str) -> int:
    found = _DECIMAL.match(text)
    if found is None or len(found[2] or "") > places:
        raise RowRefused(reason)
    value: int = int(found[1]) * 10**places + int((found[2] or "").ljust(places, "0") or 0)
    if value > MAX_FEN:
        raise RowRefused("out_of_range")
    return value


def _whole(text: str, reason: str) -> int:
    if _WHOLE.match(text) is None:
        raise RowRefused(reason)
    value = int(text)
    if value > MAX_FEN:
        raise RowRefused("out_of_range")
    return value


def _positive(value: int) -> int:
    if value == 0:
        raise RowRefused("not_a_quantity")
    return value


def _instant(rule: CellRule, text: str) -> datetime:
    try:
        if rule.time_format == _USUAL_FORMAT and _USUAL.match(
            text
        ):  # read several times quicker than by a format
            return datetime.fromisoformat(text).replace(tzinfo=_SHANGHAI).astimezone(UTC)
        if rule.time_format is not None:
            return datetime.strptime(text, rule.time_format).replace(tzinfo=_SHANGHAI).astimezone(UTC)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=_SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRefused("not_an_instant") from None


@lru_cache(maxsize=10_000)
def _parse_uscc(text: str) -> str:
    """Suppliers come again and again, and the check digits take their time."""
    return parse_uscc(text)


def _uscc(_: CellRule, text: str) -> str:
    try:
        return _parse_uscc(text)
    except Invalid:
        raise RowRefused("not_a_uscc") from None


def _area(_: CellRule, text: str) -> str:
    if not text.isascii() or not divisions.is_known(text):
        raise RowRefused("not_an_area")
    return text


_KINDS: Final[Mapping[str, Callable[[CellRule, str], Any]]] = {
    "text": _text,
    "code": _code,
    "fen": lambda _, text: _whole(text, "not_an_amount"),
    "yuan": lambda _, text: _scaled(text, 2, "not_an_amount"),
    "units": lambda _, text: _positive(_scaled(text, 3, "not_a_quantity")),
    "kilograms": lambda _, text: _positive(_scaled(text, 3, "not_a_quantity")),
    "tonnes": lambda _, text: _positive(_scaled(text, 3, "not_a_quantity") * 1_000),
    "number": lambda _, text: _whole(text, "unknown_code"),
    "instant": _instant,
    "uscc": _uscc,
    "area": _area,
}
KINDS: Final = frozenset(_KINDS)
