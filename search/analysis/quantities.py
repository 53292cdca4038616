"""Weights, volumes and counts: 5斤 = 2.5kg = 2500g, 12枚, 500ml, 2.5kg*2, 8.5-9.5斤, 半斤, 十斤装.

A quantity becomes a token: w2500 (grams), v500 (millilitres), c12 (pieces), k10 (packs). A range stands for every step in it.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from search.analysis.tables import tables

MEASURES: Final = {"weight": "w", "volume": "v", "piece": "c", "pack": "k"}
_NUMERALS: Final = "半一二两三四五六七八九十百"
_NUMBER: Final = rf"(?:[0-9]+(?:\.[0-9]+)?|[{_NUMERALS}]{{1,5}})"
_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
STEPS: Final = 40
"""A range is written out in at most so many steps."""


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    units = "|".join(sorted(map(re.escape, tables().units), key=len, reverse=True))
    return re.compile(
        rf"(?P<low>{_NUMBER})\s*(?P<lowunit>{units})?\s*(?:(?:-|~|到|至)\s*(?P<high>{_NUMBER})\s*)?(?P<unit>{units})(?![a-z])"
        rf"(?P<more>半)?(?:\s*[*×x]\s*(?P<times>[0-9]{{1,4}})(?![0-9.]))?"
    )


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[tuple[str, ...], str]:
    """Tokens of every quantity in a normalised text, and the text without them (and without 装 behind them)."""
    found: list[str] = []
    rest: list[str] = []
    at = 0
    for match in _pattern().finditer(text):
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
    kind, factor = tables().units[match["unit"]]
    low = number(match["low"])
    high = number(match["high"]) if match["high"] else low
    if match["lowunit"] and match["lowunit"] != match["unit"]:
        return []
    if low is None or high is None or not 0 < low <= high:
        return []
    if match["more"]:
        low, high = low + Decimal("0.5"), high + Decimal("0.5")
    sign = MEASURES[kind]
    amounts = _steps(low * factor, high * factor, whole=sign in "ck")
    times = int(match["times"]) if match["times"] else 1
    tokens = [f"{sign}{amount}" for amount in amounts]
    if times > 1:
        tokens += [f"{sign}{amount * times}" for amount in amounts] + [f"k{times}"]
    return tokens


def _steps(low: Decimal, high: Decimal, *, whole: bool) -> list[int]:
    """Both ends and the steps between: pieces one by one, grams and millilitres by fifty, then by wider steps."""
    first, last = round(low), round(high)
    if last > 10**9:
        return []
    step = 1 if whole else 50
    while (last - first) // step > STEPS:
        step *= 2
    return sorted({first, last, *range(first - first % step + step, last, step)})


def number(text: str) -> Decimal | None:
    """ASCII digits or a Chinese numeral below a thousand; None for what is none (十半)."""
    if text[0].isdigit():
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    if text == "半":
        return Decimal("0.5")
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            return None
    return Decimal(total + digit)
