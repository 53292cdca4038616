"""A published cell as exact figures: 230多 under 亿元, 13460户40971 under 人, 4万多 under 个.

Money becomes fen, people and households stay what they are called; what cannot be read keeps its words and has no figure.
Source: docs/rules.md, "Published statistics".
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from marketplace.core.amounts import parse_money
from marketplace.core.numerals import NUMBER_CHARS, PLAIN, UnreadableNumber, read_number
from marketplace.core.qualifiers import OVER, PREFIXES, one_qualifier

MONEY_UNITS: Final = ("元", "万元", "亿元")
#: What is counted, where a printed unit says it; anything else is counted in its own words.
_UNITS: Final = {
    "人": "person",
    "人次": "person_time",
    "户": "household",
    "贫困户": "household",
    "条村": "village",
}
_BEFORE: Final = "|".join(sorted((word for _, words in PREFIXES for word in words), key=len, reverse=True))
_COUNT: Final = re.compile(
    rf"(?P<before>{_BEFORE})?(?P<number>[{NUMBER_CHARS}]*[0-9万亿][{NUMBER_CHARS}]*)(?P<unit>[^0-9、,]*)"
)
_YEARS: Final = re.compile(r"(20\d\d)(?:-(20\d\d))?年")
_HALF: Final = re.compile(r"(20\d\d)年上半年")
_MONTHS: Final = re.compile(r"(20\d\d)年(\d{1,2})-(\d{1,2})月")
_DAY: Final = r"(20\d\d)-(\d\d)(?:-(\d\d))?"
_SPAN: Final = re.compile(rf"{_DAY}至(?:(20\d\d)-)?(?:(\d\d)-)?(\d\d)")
_ONE: Final = re.compile(_DAY)
#: Said of the years before it; any other remark (至开幕日) makes them other days.
_REMARK: Final = re.compile(r"[(（](?:近三年|一年来)[)）]$")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a cell: fen of money, else a whole number of what `unit` says; `upper` the end of a range."""

    unit: str  # fen | person | person_time | household | village, or the printed words
    amount: int
    upper: int | None
    qualifier: str
    words: str


def read_value(raw: str, unit: str) -> tuple[Figure, ...]:
    """The figures of a cell under a printed unit; none when it cannot be read."""
    unit = unit.translate(PLAIN)
    if unit in MONEY_UNITS:
        amount = parse_money(raw, unit)
        if amount.value_fen is None:
            return ()
        return (Figure("fen", amount.value_fen, amount.upper_fen, amount.qualifier, f"{raw}{unit}"),)
    return tuple(
        figure
        for found in _COUNT.finditer(f"{raw}{unit}".translate(PLAIN))
        if (figure := _count(found)) is not None
    )


def _count(found: re.Match[str]) -> Figure | None:
    try:
        number = read_number(found["number"])
    except UnreadableNumber:
        return None
    if number.value.denominator != 1:
        return None
    qualifiers = {code for code, words in PREFIXES if found["before"] in words} - {"exact"}
    if number.more:
        qualifiers.add(OVER)
    qualifier, unit = one_qualifier(qualifiers), found["unit"].strip()
    if qualifier is None:
        return None
    upper = None if number.upper is None else int(number.upper)
    return Figure(_UNITS.get(unit, unit), int(number.value), upper, qualifier, found[0])


def half_of_last_digit(words: str, unit: str) -> Fraction:
    """How far a printed figure may be from what was rounded to it: 47.2 under 亿元 by 0.05亿元, in fen or units."""
    plain = f"{words}{unit}".translate(PLAIN)
    found = re.search(r"[0-9]+(?:\.([0-9]+))?", plain)
    if found is None:
        return Fraction(0)
    scale = Fraction(1, 10 ** len(found[1] or ""))
    for word in plain[found.end() :]:
        scale *= {"万": 10**4, "亿": 10**8}.get(word, 1)
    return scale * (100 if "元" in plain else 1) / 2


def read_period(words: str) -> tuple[date | None, date | None]:
    """First and last day where the words say days, months or years; (None, last) for 截至, (None, None) for anything else."""
    plain = _REMARK.sub("", words.strip())
    if plain.startswith("截至"):
        one = _ONE.fullmatch(plain.removeprefix("截至"))
        return None, None if one is None else _last(one[1], one[2], one[3])
    for pattern, days in _PERIODS:
        if (found := pattern.fullmatch(plain)) is not None:
            return days(found)
    return None, None


def _span(span: re.Match[str]) -> tuple[date, date]:
    """2020-09-01至10-17, 2020-09-04至07 (days), 2018-08至2019-08 and 2020-03至05 (months)."""
    first = date(int(span[1]), int(span[2]), int(span[3] or 1))
    year = span[4] or span[1]
    if span[3] is None:
        return first, _last(year, span[6], None)
    return first, _last(year, span[5] or span[2], span[6])


def _last(year: str, month: str, day: str | None) -> date:
    return date(int(year), int(month), int(day) if day else monthrange(int(year), int(month))[1])


_PERIODS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[date, date]]], ...]] = (
    (_MONTHS, lambda one: (date(int(one[1]), int(one[2]), 1), _last(one[1], one[3], None))),
    (_HALF, lambda one: (date(int(one[1]), 1, 1), date(int(one[1]), 6, 30))),
    (_YEARS, lambda one: (date(int(one[1]), 1, 1), date(int(one[2] or one[1]), 12, 31))),
    (_ONE, lambda one: (date(int(one[1]), int(one[2]), int(one[3] or 1)), _last(one[1], one[2], one[3]))),
    (_SPAN, _span),
)
