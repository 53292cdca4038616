"""Numbers as Chinese documents print them: 1亿8600万, 230多亿, 3,578.5, 一百二十, 三四千, 千万.

This module reads the number only; :mod:`marketplace.core.amounts` adds units and qualifiers. What can be read in two
ways (一百五, 1万5) is refused rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

FORMAL = str.maketrans("〇两壹贰叁肆伍陆柒捌玖拾佰仟", "零二一二三四五六七八九十百千")
"""Capital figures (大写) and variants to the everyday figure."""

# Full-width figures and punctuation are ordinary in Chinese documents and map one to one. NFKC would do too much: it
# also turns ² into 2 and accepts figures of other scripts.
PLAIN = str.maketrans(
    {chr(0xFF10 + i): str(i) for i in range(10)}
    | {
        "．": ".",
        "，": ",",
        "億": "亿",
        "萬": "万",
        "兩": "两",
        "餘": "余",
        "貳": "贰",
        "陸": "陆",
        "參": "叁",
        "叄": "叁",
    }
)

NUMBER_CHARS = "0-9.,零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖十拾百佰千仟万亿多余"
"""The inside of a character class that holds every character of a number after ``PLAIN``."""

_FIGURES = {c: i for i, c in enumerate("零一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}
_ARABIC = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_ARABIC_AND_UNIT = re.compile(rf"({_ARABIC.pattern})([十百千]?)")
_SECTION = re.compile(
    r"(?:(?P<n千>[一-龥1-9]?)(?P<u千>千))?(?:零?(?P<n百>[一-龥1-9]?)(?P<u百>百))?"
    r"(?:零?(?P<n十>[一-龥1-9]?)(?P<u十>十))?(?:(?P<gap>零?)(?P<last>[一-龥1-9]))?"
)
_SIDE_BY_SIDE = re.compile(r"([一二三四五六七八])([二三四五六七八九])(?=[十百千万亿]|$)")
_MORE = re.compile(r"[多余](?=[十百千万亿]|$)")
_LAST_UNITS = re.compile(r"(?P<figure>[0-9]?)(?P<small>[十百千]*)(?P<big>[万亿]*)$")


class UnreadableNumber(ValueError):
    """The text is no number of the grammar, or one that can be read in two ways; ``code`` says which."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Number:
    """A number as printed.

    ``value`` is exact, ``upper`` is the other end of 三四千 (else None), ``more`` tells that 多 or 余 was said, ``scale``
    is the unit at the end (万 → 10,000), which a range lends to its lower end, None where that could mean two things.
    """

    value: Fraction
    upper: Fraction | None
    more: bool
    scale: int | None


def read_number(text: str) -> Number:
    """Read a whole text as one number.

    :raises UnreadableNumber: with code ``no_number``, ``foreign_digits``, ``malformed_number`` or
        ``ambiguous_number``.
    """
    text = text.translate(PLAIN)
    if not text:
        raise UnreadableNumber("no_number")
    if any(c.isdigit() and not c.isascii() for c in text):
        raise UnreadableNumber("foreign_digits")
    text, said_more = _MORE.subn("", text.translate(FORMAL))
    if said_more > 1 or not text:
        raise UnreadableNumber("malformed_number")
    pair = _SIDE_BY_SIDE.search(text)
    if pair and _FIGURES[pair[2]] == _FIGURES[pair[1]] + 1:
        low = _value(text[: pair.start(2)] + text[pair.end(2) :])
        high = _value(text[: pair.start(1)] + text[pair.end(1) :])
        return Number(low, high, bool(said_more), _last_scale(text))
    return Number(_value(text), None, bool(said_more), _last_scale(text))


def scaled_by(number: Number, scale: int) -> Number:
    """The number times ``scale``: 3 of 3到5万 is meant as 3万."""
    upper = None if number.upper is None else number.upper * scale
    return replace(number, value=number.value * scale, upper=upper, scale=scale)


def _value(text: str) -> Fraction:
    """Units fall from left to right: 亿 splits off first (万亿 stands before it), then 万, then one section below 万."""
    for unit in ("亿", "万"):
        head, found, tail = text.rpartition(unit)
        if found:
            whole = _value(head) if head else Fraction(1)
            return whole * _BIG[unit] + _rest(whole, tail, _BIG[unit])
    return _section(text)


def _rest(whole: Fraction, tail: str, unit: int) -> Fraction:
    """What follows 亿 or 万. A lone figure (1万5) may mean 15,000 or 10,005 and is refused; 1万零5 is clear."""
    if not tail:
        return Fraction(0)
    rest = _value(tail.removeprefix("零")) if tail != "零" else Fraction(0)
    if whole.denominator != 1 or rest >= unit:
        raise UnreadableNumber("malformed_number")
    if len(tail) == 1:
        raise UnreadableNumber("ambiguous_number")
    return rest


def _section(text: str) -> Fraction:
    """A number below 万 in Chinese figures, or figures with at most one unit (3.5千)."""
    if arabic := _ARABIC_AND_UNIT.fullmatch(text):
        return Fraction(arabic[1].replace(",", "")) * _SMALL.get(arabic[2], 1)
    if text == "零":
        return Fraction(0)
    match = _SECTION.fullmatch(text)
    if match is None:
        raise UnreadableNumber("malformed_number")
    total, unit_before = 0, 0
    for name, unit in (("千", 1000), ("百", 100), ("十", 10)):
        if match[f"u{name}"] is None:
            continue
        if not match[f"n{name}"] and unit_before and unit > _SMALL["十"]:
            raise UnreadableNumber("malformed_number")  # 一千百
        total += _figure(match[f"n{name}"] or "一") * unit
        unit_before = unit
    if match["last"]:
        if unit_before > _SMALL["十"] and not match["gap"]:
            raise UnreadableNumber("ambiguous_number")
        total += _figure(match["last"])
    return Fraction(total)


def _figure(char: str) -> int:
    if char in _FIGURES:
        return _FIGURES[char]
    if char.isdigit():
        return int(char)
    raise UnreadableNumber("malformed_number")


def _last_scale(text: str) -> int | None:
    match = _LAST_UNITS.search(text)
    if match is None or (match["small"] and not match["figure"]):
        return None
    scale = 1
    for char in match["small"] + match["big"]:
        scale *= _SMALL.get(char) or _BIG[char]
    return scale
