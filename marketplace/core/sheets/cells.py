"""What may stand in a column: each kind turns one cell into a value or says why not.

A number in a column of text or numbers-as-names (credit codes, certificates, telephone) is an error and is never
written out as text: a spreadsheet has already dropped its leading zeros and everything beyond fifteen figures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from marketplace.core.amounts import REASONS_ZH, Amount, parse_money
from marketplace.core.errors import Invalid
from marketplace.core.money import MAX_FEN
from marketplace.core.numerals import PLAIN
from marketplace.core.qualifiers import EXACT
from marketplace.core.sheets.export import unquoted
from marketplace.core.sheets.reader import Cell

EXACT_IN_A_NUMBER: Final = 10**15
"""Excel keeps fifteen figures; a longer number has lost its end."""
DAY_FORMS: Final = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII),
)


class CellRefused(ValueError):
    """A cell breaks the rule of its column; the message never repeats the value."""

    def __init__(self, code: str, message_zh: str):
        super().__init__(code)
        self.code = code
        self.message_zh = message_zh


Kind = Callable[[Cell], object]
"""Turns a cell that is not blank into its value, or raises CellRefused."""


@dataclass(frozen=True)
class Column:
    """A column of an import.

    ``key`` names the value, ``title`` is the heading, ``aliases`` are other headings that mean the same; a blank cell of a
    required column is an error, of another None.
    """

    key: str
    title: str
    kind: Kind
    required: bool = False
    aliases: tuple[str, ...] = ()


def clean_text(text: str) -> str:
    """The normal form of what people type: NFC, trimmed, an export's quote taken off.

    :raises CellRefused: for formulas as text, control, invisible, direction and private-use characters. Every Han
        character of GB 18030 is accepted.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if text.startswith(("=", "＝")):
        raise CellRefused("formula", "不能以等号开头")
    for char in "" if text.isprintable() else text:
        if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs"}:
            raise CellRefused("forbidden_character", f"含有不可见或自造字符 U+{ord(char):04X}")
    return unquoted(text)


def text(max_length: int) -> Kind:
    """Text of at most ``max_length`` characters (code points)."""

    def parse(cell: Cell) -> str:
        value = clean_text(_as_text(cell))
        if len(value) > max_length:
            raise CellRefused("too_long", f"超过 {max_length} 字")
        return value

    return parse


def checked(check: Callable[[str], str]) -> Kind:
    """Text brought to normal form by ``check``, which raises Invalid: credit codes, telephone numbers."""

    def parse(cell: Cell) -> str:
        try:
            return check(clean_text(_as_text(cell)))
        except Invalid as error:
            raise CellRefused(error.code, error.detail) from None

    return parse


def whole_number(low: int, high: int) -> Kind:
    """An integer from ``low`` to ``high``, as a number or in figures."""

    def parse(cell: Cell) -> int:
        value = _as_number(cell)
        if value != value.to_integral_value():
            raise CellRefused("not_whole", "应为整数")
        if not low <= value <= high:
            raise CellRefused("out_of_range", f"应在 {low} 到 {high} 之间")
        return int(value)

    return parse


def price_fen() -> Kind:
    """An exact price in yuan, as fen, above 0: 约 or a range is no price."""

    def parse(cell: Cell) -> int:
        amount = _as_amount(cell, "元")
        if amount.qualifier != EXACT or amount.unit != "元":
            raise CellRefused("not_exact", "应为确切的金额（元）")
        if not amount.value_fen:
            raise CellRefused("not_positive", "应大于零")
        return amount.value_fen

    return parse


def published_amount(unit: str) -> Kind:
    """An amount as tables publish it (约500万元), as :class:`Amount`; ``unit`` holds for bare figures."""

    def parse(cell: Cell) -> Amount:
        return _as_amount(cell, unit)

    return parse


def choice(codes: Mapping[str, str]) -> Kind:
    """One of the titles that people read, or the code itself, as the code; ``codes`` maps title to code."""

    def parse(cell: Cell) -> str:
        value = clean_text(_as_text(cell))
        if value in codes:
            return codes[value]
        if value in codes.values():
            return value
        raise CellRefused("not_a_choice", "应为：" + "、".join(list(codes)[:20]))

    return parse


def yes_no() -> Kind:
    """是 or 否 as a truth value."""

    def parse(cell: Cell) -> bool:
        if isinstance(cell, bool):
            return cell
        value = clean_text(_as_text(cell))
        if value not in {"是", "否"}:
            raise CellRefused("not_a_choice", "应为：是、否")
        return value == "是"

    return parse


def day() -> Kind:
    """A calendar day: a date cell, 2020-09-01, 2020/9/1 or 2020年9月1日."""

    def parse(cell: Cell) -> date:
        if isinstance(cell, datetime):
            raise CellRefused("not_a_day", "应为日期，不含时间")
        if isinstance(cell, date):
            return cell
        value = clean_text(_as_text(cell))
        for form in DAY_FORMS:
            match = form.fullmatch(value)
            if match:
                try:
                    return date(int(match[1]), int(match[2]), int(match[3]))
                except ValueError:
                    break
        raise CellRefused("not_a_day", "应为日期，如 2020-09-01")

    return parse


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Decimal):
        raise CellRefused(
            "number_in_text", "单元格是数值，原文可能已丢失（如开头的零），请设为文本格式后重填"
        )
    raise CellRefused("not_text", "应为文本")


def _as_number(cell: Cell) -> Decimal:
    if isinstance(cell, Decimal):
        if not cell.is_finite() or abs(cell) >= EXACT_IN_A_NUMBER:
            raise CellRefused("number_damaged", "数值超过十五位，末位已丢失")
        return cell
    if isinstance(cell, str):
        figures = clean_text(cell).translate(PLAIN)
        if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", figures):
            return Decimal(figures)
    raise CellRefused("not_a_number", "应为数字")


def _as_amount(cell: Cell, unit: str) -> Amount:
    if isinstance(cell, Decimal):
        cell = format(_as_number(cell), "f")
    amount = parse_money(clean_text(_as_text(cell)), unit)
    if amount.reason is not None:
        raise CellRefused(f"amount_{amount.reason}", REASONS_ZH[amount.reason])
    if max(amount.value_fen or 0, amount.upper_fen or 0) > MAX_FEN:
        raise CellRefused("amount_too_large", REASONS_ZH["too_large"])
    return amount
