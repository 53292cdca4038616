"""Weights, volumes and counts: 5斤 = 2.5kg = 2500g, 12枚, 500ml, 2.5kg*2, 8.5-9.5斤, 半斤, 十斤装.

A quantity becomes a token: w2500 (grams), v500 (millilitres), c12 (pieces), k10 (packs). A range stands for every step in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from search.analysis.tables import tables

PIECE: Final = "piece"
STEPS: Final = 40
"""A range is written out in at most so many steps."""
_MOST: Final = 10**9
_LONGEST: Final = 12


@dataclass(frozen=True, slots=True)
class _Units:
    """Spelling → (sign of its token, factor), and the pattern that finds a quantity."""

    factors: dict[str, tuple[str, Decimal]]
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def _units() -> _Units:
    held = tables().units
    factors = {spelling: ("w", factor) for spelling, factor in held.grams.items()}
    factors |= {spelling: ("v", factor) for spelling, factor in held.millilitres.items()}
    factors |= {spelling: ("c" if what == PIECE else "k", Decimal(1)) for spelling, what in held.counts.items()}
    numerals = "".join(map(re.escape, (*held.digits, *held.tens, *held.half)))
    number = rf"(?:[0-9]+(?:\.[0-9]+)?|[{numerals}]{{1,5}})"
    units = "|".join(re.escape(unit) for unit in sorted(factors, key=len, reverse=True))
    times = "".join(map(re.escape, (sign for sign in held.writing["multiply"] if len(sign) == 1)))
    ranges = "|".join(map(re.escape, held.writing["range"]))
    half = "|".join(map(re.escape, held.half))
    pattern = (
        rf"(?P<low>{number})\s*(?P<lowunit>{units})?\s*(?:(?:{ranges})\s*(?P<high>{number})\s*)?(?P<unit>{units})(?![a-z])"
        rf"(?P<more>{half})?(?:\s*[{times}]\s*(?P<times>[0-9]{{1,4}})(?![0-9.]))?"
    )
    return _Units(factors, re.compile(pattern))


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[tuple[str, ...], str]:
    """Tokens of every quantity in a normalised text, and the text without them (and without 装 behind them).

    An amount that is no range also has the token with "=" before it: of two matches the exact one comes first.
    """
    found: list[str] = []
    rest: list[str] = []
    at = 0
    for match in _units().pattern.finditer(text):
        tokens = _tokens(match)
        if not tokens:
            continue
        found += tokens
        rest.append(text[at : match.start()])
        at = match.end()
        while text[at : at + 1] == "装":
            at += 1
    rest.append(text[at:])
    return tuple(dict.fromkeys(found)), " ".join(" ".join(rest).split())


def _tokens(match: re.Match[str]) -> list[str]:
    sign, factor = _units().factors[match["unit"]]
    low = number(match["low"])
    high = number(match["high"]) if match["high"] else low
    if match["lowunit"] and (not match["high"] or match["lowunit"] != match["unit"]):
        return []
    if low is None or high is None or not 0 < low <= high:
        return []
    if match["more"]:
        low, high = low + Decimal("0.5"), high + Decimal("0.5")
    amounts = _steps(low * factor, high * factor, whole=sign in "ck")
    times = int(match["times"]) if match["times"] else 1
    tokens = [f"{sign}{amount}" for amount in amounts]
    if low == high:
        tokens += [f"={token}" for token in tokens]
    if times > 1:
        tokens += [f"{sign}{amount * times}" for amount in amounts] + [f"k{times}"]
    return tokens


def _steps(low: Decimal, high: Decimal, *, whole: bool) -> list[int]:
    """Both ends and the steps between: pieces one by one, grams and millilitres by fifty, then by wider steps."""
    first, last = round(low), round(high)
    if last > _MOST or first < 1:
        return []
    step = 1 if whole else 50
    while (last - first) // step > STEPS:
        step *= 2
    return sorted({first, last, *range(first - first % step + step, last, step)})


def number(text: str) -> Decimal | None:
    """ASCII digits or a Chinese numeral; None for what is none (十半)."""
    held = tables().units
    if text[0].isascii():
        return Decimal(text) if len(text) < _LONGEST else None
    if text in held.half:
        return Decimal("0.5")
    total, digit = 0, 0
    for character in text:
        if character in held.digits:
            digit = held.digits[character]
        elif character in held.tens:
            total += (digit or 1) * held.tens[character]
            digit = 0
        else:
            return None
    return Decimal(total + digit)
