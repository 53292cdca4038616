"""A target's words as a figure: 1000亿元以上, 不低于30%, 1.5万台, 不低于去年.

What says one figure is read, with its qualifier; what says none (全覆盖), several (18个线上、90个线下) or only relates to another
year (不低于去年) keeps its words and the reason, never a guess. What cannot be read is refused (docs/rules.md, "Targets").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from marketplace.core.amounts import REASONS_ZH, parse_money
from marketplace.core.money import BP
from marketplace.core.numerals import NUMBER_CHARS, PLAIN, UnreadableNumber, read_number
from marketplace.core.qualifiers import EXACT, PREFIXES, RANGE, SUFFIXES, one_qualifier, take_qualifiers
from marketplace.core.sheets.cells import CellRefused

PREVIOUS_YEAR: Final = "previous_year"
KEPT_AS_WORDS: Final = {
    "relative": "相对于上一年,原文未给出数额",
    "no_number": "没有数字",
    "several_amounts": "含有多个数额",
    "not_measured": "不是本平台统计的指标",
}
"""Why a target has no amount although it was accepted."""

_RELATIVE: Final = re.compile(r"去年|上年|上一年")
_CLAUSES: Final = re.compile(r"[,;、。\uff0c\uff1b]|且|并")
_ASIDE: Final = re.compile(r"鼓励|力争|优先|争取")
_REMARK: Final = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]$")
_PERCENT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)[%\uff05]")
_NUMBER: Final = re.compile(rf"[{NUMBER_CHARS}]*[0-9一二三四五六七八九十百千万亿]+[{NUMBER_CHARS}]*")
_COUNTED: Final = re.compile(rf"(?P<number>[{NUMBER_CHARS}]+)(?:台|个|家|处|间|座)?")
_MAX_COUNT: Final = 10**9


@dataclass(frozen=True)
class TargetFigure:
    """What a target says: the amount (fen, count or basis points; the lower end of a range), how sure, why there is none."""

    amount: int | None = None
    upper: int | None = None
    qualifier: str = EXACT
    relative_to: str | None = None
    reason: str | None = None


def read_figure(text: str, unit: str, column_unit: str | None = None) -> TargetFigure:
    """The figure of a target whose measure is counted in `unit` (fen, count, bp, or nothing: words only).

    `column_unit` (元, 万元, 亿元) is what a bare amount of money is in; without one it is refused. CellRefused (``amount_…``,
    ``unit_missing``, ``out_of_range``) for a figure that cannot be read.
    """
    clauses = [one for one in _CLAUSES.split(text) if one.strip()]
    related = [one for one in clauses if _RELATIVE.search(one)]
    relative_to = PREVIOUS_YEAR if related else None
    if unit == "":
        return TargetFigure(relative_to=relative_to, reason="not_measured")
    if related:
        text = ",".join(one for one in clauses if one not in related)
        if not text:
            return TargetFigure(qualifier=_around(related[0]), relative_to=relative_to, reason="relative")
    read = {"fen": _money, "count": _count, "bp": _ratio}[unit]
    found = read(text, column_unit)
    if relative_to is None:
        return found
    return TargetFigure(found.amount, found.upper, found.qualifier, relative_to, found.reason)


def _money(text: str, column_unit: str | None) -> TargetFigure:
    plain = text.translate(PLAIN)
    if column_unit is None and not re.search(r"[元块万亿億萬]", plain) and _NUMBER.search(plain):
        raise CellRefused("unit_missing", "没有写明单位(元、万元、亿元)")
    amount = parse_money(text, column_unit or "元")
    if amount.reason in KEPT_AS_WORDS:
        return TargetFigure(reason=amount.reason)
    if amount.reason is not None:
        raise CellRefused(f"amount_{amount.reason}", REASONS_ZH[amount.reason])
    return TargetFigure(amount.value_fen, amount.upper_fen, amount.qualifier)


def _ratio(text: str, _column_unit: str | None) -> TargetFigure:
    """A percentage of the words that ask for it; what is only encouraged is left to the words."""
    asked = [one for one in _CLAUSES.split(text) if one and not _ASIDE.search(one)]
    found = [(one, match) for one in asked for match in _PERCENT.finditer(one)]
    if not found:
        if _NUMBER.search(text.translate(PLAIN)):
            raise CellRefused("unit_missing", "没有写明单位(%)")
        return TargetFigure(reason="no_number")
    if len(found) > 1:
        return TargetFigure(reason="several_amounts")
    clause, match = found[0]
    points = Fraction(match[1]) * 100
    if points.denominator != 1 or points > BP:
        raise CellRefused("out_of_range", "比例应在0至100%之间,至多两位小数")
    return TargetFigure(int(points), qualifier=_around(clause))


def _count(text: str, _column_unit: str | None) -> TargetFigure:
    plain = _REMARK.sub("", "".join(text.translate(PLAIN).split()))
    numbers = _NUMBER.findall(plain)
    if len(numbers) != 1:
        return TargetFigure(reason="several_amounts" if numbers else "no_number")
    words, qualifiers = take_qualifiers(plain)
    match = _COUNTED.fullmatch(words)
    if match is None:
        raise CellRefused("amount_unknown_words", REASONS_ZH["unknown_words"])
    try:
        number = read_number(match["number"])
    except UnreadableNumber as error:
        raise CellRefused(f"amount_{error.code}", REASONS_ZH[error.code]) from None
    if number.value.denominator != 1 or not 0 < number.value <= _MAX_COUNT:
        raise CellRefused("out_of_range", f"应为1至{_MAX_COUNT}的整数")
    upper = None if number.upper is None else int(number.upper)
    qualifier = (
        RANGE if upper is not None else one_qualifier(qualifiers | ({"over"} if number.more else set()))
    )
    if qualifier is None:
        raise CellRefused("amount_contradictory", REASONS_ZH["contradictory"])
    return TargetFigure(int(number.value), upper, qualifier)


def _around(clause: str) -> str:
    """The qualifier that a clause says anywhere before its figure (原则上不低于…的30%), or behind it (…以上)."""
    found = {code for code, words in PREFIXES if any(len(one) > 1 and one in clause for one in words)}
    found |= {code for code, words in SUFFIXES if clause.endswith(words)}
    return one_qualifier(found - {EXACT}) or EXACT
