"""How one cell of a reported row is read. Text in, our value out; RowRefused with the reason otherwise. No floats."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from marketplace.core import divisions
from marketplace.core.clock import of_wall_clock
from marketplace.core.errors import Invalid
from marketplace.core.identifiers import parse_uscc
from marketplace.core.money import MAX_FEN
from marketplace.intake.rules.rows import RowRefused
from marketplace.intake.rules.writing import PLAIN, Writing

MOST_CHARACTERS: Final = 200
#: Before a number that a spreadsheet held where text belongs: its zeros and its end may be lost, so nobody reads on.
NUMBER_CELL: Final = "\ufeff数值:"
#: What a spreadsheet would take for a formula when somebody opens a list of ours. A minus is left: -18℃冷冻鸡 is goods.
_FORMULA: Final = ("=", "+", "@", "\uff1d", "\uff0b", "\uff20")
_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,6}))?\Z", re.ASCII)
_WHOLE: Final = re.compile(r"(0|[1-9][0-9]{0,15})\Z", re.ASCII)
_USUAL_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_USUAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z", re.ASCII)
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ue000-\uf8ff\ufeff]"
)


#: Texts that are remembered with their values: so short, and so many of a column.
_SHORT: Final = 64
_MOST_KNOWN: Final = 2_000
_UNKNOWN: Final = object()


@dataclass(frozen=True, slots=True)
class CellRule:
    """One column of an adapter: `column` in the file, `target` in SaleRow, and how its text is read.

    `less`: the value is taken off the target instead. `signed`: a minus is allowed, and says that something came back. `beside`
    names a column whose text belongs to this one's (a time to its day). `units`: grams of a unit, `unit_column` names it.
    """

    column: str
    target: str
    kind: str
    required: bool = False
    required_when: tuple[str, str] | None = None  # (column, its text)
    codes: Mapping[str, Any] | None = None
    time_formats: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    beside: str | None = None
    signed: bool = False
    less: bool = False
    unit_column: str | None = None
    units: Mapping[str, int] | None = None
    particular: str = ""  # the target is a word of `particulars`
    writing: Writing = PLAIN
    note: str = ""
    example: str = ""
    # What short texts were read as: rows of a till say the same few things again and again.
    known: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def read(self, text: str, unit: str | None = None) -> Any:
        """The value; RowRefused with the reason and this column. `unit`: what the unit's column says."""
        if unit is not None or len(text) > _SHORT:
            return self._read(text, unit)
        found = self.known.get(text, _UNKNOWN)
        if found is _UNKNOWN:
            found = self._read(text, None)
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            self.known[text] = found
        return found

    def _read(self, text: str, unit: str | None) -> Any:
        if text.startswith(NUMBER_CELL):
            raise RowRefused("number_in_text", self.column)
        if self.writing is not PLAIN and self.target != "goods_name":
            text = self.writing.plain(text)
        try:
            if self.signed and (after := self.writing.after_minus(text)) is not None:
                return -_KINDS[self.kind](self, after, unit)
            return _KINDS[self.kind](self, text, unit)
        except RowRefused as error:
            raise RowRefused(error.refused.reason, self.column) from None


def _text(_: CellRule, text: str, __: str | None) -> str:
    if len(text) > MOST_CHARACTERS or _INVISIBLE.search(text):
        raise RowRefused("not_text")
    if text.startswith(_FORMULA):
        raise RowRefused("formula")
    return text


def _code(rule: CellRule, text: str, _: str | None) -> Any:
    if rule.codes is None or text not in rule.codes:
        raise RowRefused("unknown_code")
    return rule.codes[text]


def _scaled(text: str, scale: int, reason: str) -> int:
    """The decimal times `scale`, which must come out whole."""
    found = _DECIMAL.match(text)
    if found is None:
        raise RowRefused(reason)
    places = len(found[2] or "")
    figures: int = int(found[1] + (found[2] or ""))
    shift: int = 10**places
    value, left = divmod(figures * scale, shift)
    if left:
        raise RowRefused(reason)
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


def _yuan(rule: CellRule, text: str, _: str | None) -> int:
    return _scaled(rule.writing.amount(text), 100, "not_an_amount")


def _weight(rule: CellRule, text: str, unit: str | None) -> int:
    """Grams, by the unit that its own column names."""
    grams = (rule.units or {}).get(rule.writing.plain(unit or ""))
    if grams is None:
        raise RowRefused("unknown_unit")
    return _positive(_scaled(rule.writing.amount(text), grams, "not_a_quantity"))


def _units(rule: CellRule, text: str, _: str | None) -> int:
    return _positive(_scaled(rule.writing.amount(text), 1_000, "not_a_quantity"))


def _instant(rule: CellRule, text: str, _: str | None) -> datetime:
    for form in rule.time_formats:
        try:
            if form == _USUAL_FORMAT and _USUAL.match(text):  # read several times quicker than by a format
                return of_wall_clock(datetime.fromisoformat(text))
            return of_wall_clock(datetime.strptime(text, form))  # noqa: DTZ007 - Shanghai's
        except (ValueError, OverflowError):
            continue
    try:
        if rule.time_formats:
            raise RowRefused("not_an_instant")
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else of_wall_clock(found)
    except (ValueError, OverflowError):
        raise RowRefused("not_an_instant") from None


@lru_cache(maxsize=10_000)
def _parse_uscc(text: str) -> str:
    """Suppliers come again and again, and the check digits take their time."""
    return parse_uscc(text)


def _uscc(_: CellRule, text: str, __: str | None) -> str:
    try:
        return _parse_uscc(text)
    except Invalid:
        raise RowRefused("not_a_uscc") from None


def _area(_: CellRule, text: str, __: str | None) -> str:
    if not text.isascii() or not divisions.is_known(text):
        raise RowRefused("not_an_area")
    return text


def _place(_: CellRule, text: str, __: str | None) -> str:
    """A place by its names (广东省 广州市), which must mean one division."""
    found = divisions.find(text) if len(text) <= MOST_CHARACTERS else ()
    if len(found) != 1:
        raise RowRefused("not_an_area")
    return found[0].code


def _any(_: CellRule, text: str, __: str | None) -> str:
    """Anything at all, for columns that nobody reads: descriptions, addresses of pictures."""
    return text


_KINDS: Final[Mapping[str, Callable[[CellRule, str, str | None], Any]]] = {
    "text": _text,
    "any": _any,
    "code": _code,
    "fen": lambda _, text, __: _whole(text, "not_an_amount"),
    "yuan": _yuan,
    "units": _units,
    "kilograms": _units,
    "weight": _weight,
    "number": lambda _, text, __: _whole(text, "unknown_code"),
    "instant": _instant,
    "uscc": _uscc,
    "area": _area,
    "place": _place,
}
KINDS: Final = frozenset(_KINDS)
#: Kinds of names and numbers-as-names: a spreadsheet must hold them as text.
TEXT_KINDS: Final = frozenset({"text", "uscc"})
