"""One cell of a bank's statement: money, day and time, names and numbers. A message never repeats what stands in it."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final

from marketplace.core.money import MAX_FEN
from marketplace.core.sheets.cells import CellRefused, clean_text
from marketplace.core.sheets.reader import Cell

_AMOUNT: Final = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,14})(?:\.(\d{1,2}))?", re.ASCII)
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z*\-]{4,40}", re.ASCII)
_SERIAL: Final = re.compile(r"[!-~]{1,64}")
_FIRST_DAY: Final = date(2000, 1, 1)
MOST_MEMO: Final = 500


def text_of(cell: Cell) -> str:
    """Text without what nobody sees; empty for nothing. A number is refused: it has lost its zeros and its end."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _clean(cell)
    raise CellRefused("number_in_text", "单元格应为文本")


@lru_cache(maxsize=65_536)
def _clean(text: str) -> str:
    return clean_text(text)


def fen_of(cell: Cell) -> int | None:
    """An exact amount of yuan as fen, with its sign; None for a blank.

    Refused: a number with parts of a fen (a float that was no amount), NaN, infinity, text that is not figures.
    """
    if isinstance(cell, Decimal):
        if not cell.is_finite():
            raise CellRefused("amount", "金额应为确切的数字")
        scaled = cell * 100
        if scaled != scaled.to_integral_value():
            raise CellRefused("amount_below_fen", "金额的小数超过两位")
        return _bounded(int(scaled))
    text = text_of(cell)
    if not text or text in {"-", "--"}:
        return None
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise CellRefused("amount", "金额应为确切的数字，至多两位小数")
    whole = int(match[2].replace(",", ""))
    fen = whole * 100 + int((match[3] or "").ljust(2, "0"))
    return _bounded(-fen if match[1] == "-" else fen)


def _bounded(fen: int) -> int:
    if abs(fen) > MAX_FEN:
        raise CellRefused("amount_too_large", "金额过大")
    return fen


def moment_of(cell: Cell, forms: tuple[str, ...]) -> tuple[date, time | None]:
    """A day, with its time where the cell has one."""
    if isinstance(cell, datetime):
        return _day(cell.date()), cell.time() if cell.time() != time(0) else None
    if isinstance(cell, date):
        return _day(cell), None
    found = _parsed(text_of(cell), forms)
    if found is None:
        raise CellRefused("not_a_day", "日期的写法与该银行的不符")
    moment, form = found
    return _day(moment.date()), moment.time() if "%H" in form else None


def clock_of(cell: Cell, forms: tuple[str, ...]) -> time | None:
    """A time of day; None for a blank."""
    if isinstance(cell, time):
        return cell
    text = text_of(cell)
    if not text:
        return None
    found = _parsed(text, forms)
    if found is None:
        raise CellRefused("not_a_time", "时间的写法与该银行的不符")
    return found[0].time()


@lru_cache(maxsize=65_536)
def _parsed(text: str, forms: tuple[str, ...]) -> tuple[datetime, str] | None:
    for form in forms:
        try:
            return datetime.strptime(text, form), form  # noqa: DTZ007 - a wall clock of Shanghai, made aware by its reader
        except ValueError:
            continue
    return None


def _day(day: date) -> date:
    if day < _FIRST_DAY:
        raise CellRefused("day_out_of_range", "日期过早")
    return day


def name_of(cell: Cell) -> str:
    """A payer's name: never a mere number, which would be another column's."""
    text = text_of(cell)
    if len(text) > 200:
        raise CellRefused("too_long", "超过 200 字")
    if text.replace("*", "").replace("-", "").isdigit():
        raise CellRefused("not_a_name", "户名不应是数字，列可能错位")
    return text


def account_of(cell: Cell) -> str:
    """A bank account, maybe masked by the bank; empty for a blank."""
    text = text_of(cell).replace(" ", "")
    if text and _ACCOUNT.fullmatch(text) is None:
        raise CellRefused("not_an_account", "账号应为4至40位数字或字母，列可能错位")
    return text


def serial_of(cell: Cell) -> str:
    """The bank's own number of the line; empty for a blank."""
    text = text_of(cell)
    if text and _SERIAL.fullmatch(text) is None:
        raise CellRefused("not_a_serial", "流水号应为1至64个可见字符")
    return text


def memo_of(words: list[str]) -> str:
    """What was written with it: all columns of words, joined by a space, each once."""
    memo = " ".join(" ".join(dict.fromkeys(filter(None, words))).split())
    if len(memo) > MOST_MEMO:
        raise CellRefused("too_long", f"超过 {MOST_MEMO} 字")
    return memo
