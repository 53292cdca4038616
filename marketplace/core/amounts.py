"""Amounts of money out of published text: 约500万元, 230多亿元, 1亿8600万元, 2000元到4500元.

The published tables mix exact and rounded figures, bounds, ranges and remarks (docs/rules.md, "Reading published
amounts"). What is read keeps its words beside the value; what cannot be read keeps its words and a reason, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from marketplace.core.money import MAX_FEN
from marketplace.core.numerals import (
    NUMBER_CHARS,
    PLAIN,
    Number,
    UnreadableNumber,
    read_number,
    scaled_by,
)
from marketplace.core.qualifiers import EXACT, OVER, RANGE, one_qualifier, take_qualifiers

MAX_TEXT: Final = 200
"""A longer cell is prose, not an amount."""

REASONS_ZH: Final = {
    "empty": "没有填写",
    "too_long": "文字过长，不像一个金额",
    "no_number": "没有数字",
    "foreign_digits": "使用了无法识别的数字字符",
    "malformed_number": "数字写法有误",
    "ambiguous_number": "数字有两种读法，请写完整",
    "negative": "金额不能为负",
    "unknown_words": "含有无法识别的文字",
    "other_currency": "不是人民币金额",
    "several_amounts": "含有多个金额",
    "range_reversed": "范围的下限不小于上限",
    "contradictory": "限定词互相矛盾",
    "below_fen": "金额小于一分",
    "too_large": "金额过大",
}
"""Why a text was not read, in words for the person who must mend it."""


@dataclass(frozen=True)
class Amount:
    """A money amount as published.

    ``value_fen`` is the figure in fen (the lower end of a range), None when unreadable; ``upper_fen`` the upper end of a
    range; ``qualifier`` one of ``QUALIFIERS``; ``unit`` is 元 or a rate such as 元/公斤; ``reason`` a key of
    ``REASONS_ZH`` when unreadable.
    """

    raw_text: str
    value_fen: int | None = None
    upper_fen: int | None = None
    qualifier: str = EXACT
    unit: str = "元"
    reason: str | None = None


SIMPLER: Final = PLAIN | str.maketrans("約價過達圓圆銷額總產—–－−～", "约价过达元元销额总产~~-~~")
_LABEL = re.compile(
    r"^(?:累计|共|年|月|总|商品|价值量|价值|产值|销售额|销售|收入|收益|分红|获得|金额|价格|单价|截至目前|已经|了)*"
)
_REMARK = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]$")
_RATE = re.compile(r"(?:每|/)(?:500克|[一-龥a-zA-Z]{1,4})(?:/[一-龥]{1,2})?$")
_OTHER_CURRENCY = re.compile(r"美元|港元|港币|欧元|日元|英镑|澳元|USD|HKD|EUR|\$|€|£")
_NUMBER = rf"[{NUMBER_CHARS}]+"
_SEVERAL = re.compile(rf"{_NUMBER}.*?[+=;;、和及].*?{_NUMBER}")
_RANGE_WORD = re.compile(r"[到至~-]")
_YUAN = re.compile(
    rf"(?:(?P<number>{_NUMBER}?)(?P<yuan>元|块)?)??(?:零?(?P<jiao>[0-9一二三四五六七八九壹贰叁肆伍陆柒捌玖])角)?"
    r"(?:零?(?P<fen>[0-9一二三四五六七八九壹贰叁肆伍陆柒捌玖])分)?"
)
_UNIT_FEN: Final = {"元": 100, "万元": 10**6, "亿元": 10**10, "分": 1}


class _Unreadable(Exception):
    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def parse_money(text: str | None, unit: str = "元") -> Amount:
    """Read one amount of yuan.

    ``unit`` (元, 万元, 亿元) is that of the column; it holds only for a bare figure: 880 under 万元 is 880万元, but 880万 is
    what it says. Never raises for a text: an unreadable one comes back with ``reason``.
    """
    raw_text = text or ""
    try:
        return _money(raw_text, unit)
    except _Unreadable as error:
        return Amount(raw_text, reason=error.reason)
    except UnreadableNumber as error:
        return Amount(raw_text, reason=error.code)


def _money(raw_text: str, unit: str) -> Amount:
    plain = "".join(raw_text.translate(SIMPLER).split())
    if not plain:
        raise _Unreadable("empty")
    if len(plain) > MAX_TEXT:
        raise _Unreadable("too_long")
    if _OTHER_CURRENCY.search(plain):
        raise _Unreadable("other_currency")
    plain = _REMARK.sub("", plain) if not plain.endswith(("(含)以上", "(含)以下")) else plain
    if _SEVERAL.search(plain):
        raise _Unreadable("several_amounts")
    words = _LABEL.sub("", plain)
    if words.lstrip("¥￥").startswith(("-", "~")):
        raise _Unreadable("negative")
    words, rate = _take_rate(words)
    words, qualifiers = take_qualifiers(words)
    parts = _RANGE_WORD.split(words)
    if len(parts) > 2:
        raise _Unreadable("several_amounts")
    if len(parts) == 2:
        low, high = _range_fen(parts[0], parts[1], unit)
        return Amount(raw_text, _bounded(low), _bounded(high), RANGE, rate)
    low, upper, said_more = _figure_fen(words, unit)
    if said_more:
        qualifiers.add(OVER)
    if upper is not None:
        return Amount(raw_text, _bounded(low), _bounded(upper), RANGE, rate)
    qualifier = one_qualifier(qualifiers)
    if qualifier is None:
        raise _Unreadable("contradictory")
    return Amount(raw_text, _bounded(low), None, qualifier, rate)


def _take_rate(words: str) -> tuple[str, str]:
    match = _RATE.search(words)
    if match and ("元" in words[: match.start()] or words[: match.start()][-1:].isdigit()):
        return words[: match.start()], "元/" + match[0].lstrip("每/")
    return words, "元"


def _range_fen(low_words: str, high_words: str, unit: str) -> tuple[Fraction, Fraction]:
    """2000元到4500元; 3到5万元 lends its 万 to the lower end unless that would turn the range round (9000-1万元)."""
    low_number, low_has_unit = _number_of(low_words)
    high_number, high_has_unit = _number_of(high_words)
    if low_number.upper is not None or high_number.upper is not None:
        raise _Unreadable("several_amounts")
    scale = high_number.scale
    lends = low_number.scale == 1 and not low_has_unit and scale != 1
    if lends and scale is None:
        raise _Unreadable("ambiguous_number")
    if lends and scale is not None and low_number.value * scale < high_number.value:
        low_number = scaled_by(low_number, scale)
    per_fen = _column_fen(high_number, high_has_unit, unit)
    low, high = low_number.value * per_fen, high_number.value * per_fen
    if low >= high:
        raise _Unreadable("range_reversed")
    return low, high


def _number_of(words: str) -> tuple[Number, bool]:
    match = re.fullmatch(rf"(?P<number>{_NUMBER})(?P<yuan>元|块)?", words)
    if match is None:
        raise _Unreadable(_why_not(words))
    return read_number(match["number"]), match["yuan"] is not None


def _figure_fen(words: str, unit: str) -> tuple[Fraction, Fraction | None, bool]:
    """(value, upper, 多 was said) in fen of one figure, with 角 and 分 when printed (壹拾元零伍分)."""
    match = _YUAN.fullmatch(words)
    if match is None:
        raise _Unreadable(_why_not(words))
    parts = [(match[name], fen) for name, fen in (("jiao", 10), ("fen", 1)) if match[name]]
    small = sum((read_number(figure).value * fen for figure, fen in parts), Fraction(0))
    if parts and not match["number"]:
        return small, None, False
    if parts and not match["yuan"]:
        raise _Unreadable("malformed_number")
    number = read_number(match["number"] or "")
    per_fen = _column_fen(number, match["yuan"] is not None, unit)
    upper = None if number.upper is None else number.upper * per_fen
    return number.value * per_fen + small, upper, number.more


def _column_fen(number: Number, has_unit: bool, unit: str) -> int:
    is_bare = not has_unit and number.scale == 1
    return _UNIT_FEN[unit if is_bare else "元"]


def _why_not(words: str) -> str:
    if any(c.isdigit() and not c.isascii() for c in words):
        return "foreign_digits"
    if not re.search(rf"[{NUMBER_CHARS}]", words):
        return "no_number"
    return "unknown_words"


def _bounded(value: Fraction) -> int:
    if value.denominator != 1:
        raise _Unreadable("below_fen")
    if value > MAX_FEN:
        raise _Unreadable("too_large")
    return int(value)
