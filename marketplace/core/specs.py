"""Package sizes out of published text: 5斤装, 70g*2, 5升(约10斤), 24枚(90-110g).

The weight is what a unit price per 500 g, a search for 2.5kg and a comparison of packages need (5斤 = 2500 g).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from marketplace.core.numerals import PLAIN, UnreadableNumber, read_number

MILLIGRAMS: Final = {
    "吨": 10**9, "公斤": 10**6, "千克": 10**6, "kg": 10**6, "斤": 500_000, "两": 50_000,
    "克": 1000, "g": 1000, "毫克": 1, "mg": 1,
}  # fmt: skip
"""市斤 and 市两 of the mainland: 1 斤 = 500 g, 1 两 = 50 g."""
MILLILITRES: Final = {"毫升": 1, "ml": 1, "升": 1000, "l": 1000}
PIECES: Final = "枚粒个只盒袋包瓶罐支条片块饼听桶颗头尾朵张件份提"
MAX_TEXT: Final = 120
MAX_MILLIGRAMS: Final = 10**12
"""1,000 t: above any package."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?|[一二三四五六七八九十百两半]+"
_MEASURE = "|".join(sorted([*MILLIGRAMS, *MILLILITRES], key=len, reverse=True))
_SIZE = re.compile(
    rf"(?P<low>{_NUMBER})(?:(?:{_MEASURE})?[-~至到](?P<high>{_NUMBER}))?(?P<measure>{_MEASURE})"
    rf"(?:[*x×](?P<times>[0-9]{{1,6}})[{PIECES}]?|/(?P<each>[{PIECES}]))?"
)
_PIECES = re.compile(rf"(?P<low>{_NUMBER})(?:[-~至到](?P<high>{_NUMBER}))?(?P<word>[{PIECES}])(?!/)")


@dataclass(frozen=True)
class Spec:
    """A package size as published.

    ``weight_mg`` is the net weight in milligrams (the lower end of a range, ``upper_mg`` the other), ``volume_ml`` the
    volume, ``pieces`` the number of pieces; each None when not said. ``per`` names the piece when the size is that of one
    piece (12克/袋). ``reason`` is ``empty``, ``too_long`` or ``no_size`` when nothing could be read.
    """

    raw_text: str
    weight_mg: int | None = None
    upper_mg: int | None = None
    volume_ml: int | None = None
    pieces: int | None = None
    per: str | None = None
    reason: str | None = None

    @property
    def weight_g(self) -> int | None:
        """The weight in whole grams, None when it is not whole or not said."""
        return self.weight_mg // 1000 if self.weight_mg is not None and self.weight_mg % 1000 == 0 else None


def parse_spec(text: str | None) -> Spec:
    """Read a package size; never raises for a text.

    A count times a size multiplies (70g*2 = 140 g); a size in brackets after a count of pieces is that of one piece
    only when the piece is counted one by one (24枚(90-110g)), else the weight of the package (2个装(约5.5斤)).
    Source: docs/rules.md, "Package sizes".
    """
    raw_text = text or ""
    plain = "".join(raw_text.translate(PLAIN).lower().translate(_SIMPLER).split())
    if not plain or len(plain) > MAX_TEXT:
        return Spec(raw_text, reason="too_long" if plain else "empty")
    weight: tuple[int, int | None] | None = None
    volume, per, times = None, None, None
    for match in _SIZE.finditer(plain):
        measure = match["measure"]
        low, high = _number(match["low"]), _number(match["high"])
        count = int(match["times"] or 1)
        if low is None or not 0 < low * count <= MAX_MILLIGRAMS:
            continue
        if measure in MILLILITRES:
            volume = volume if volume is not None else _whole(low * MILLILITRES[measure] * count)
        elif weight is None:
            weight = _weight(low, high, MILLIGRAMS[measure] * count)
            per = match["each"] or _piece_before(plain, match)
            times = count if match["times"] else None
    pieces = times if times is not None else _pieces(plain)
    if weight is None and volume is None and pieces is None:
        return Spec(raw_text, reason="no_size")
    low_mg, upper_mg = weight or (None, None)
    return Spec(raw_text, low_mg, upper_mg, volume, pieces, per)


_SIMPLER = str.maketrans("個隻兩＊Ｘ×～—－顆條塊餅聽頭張", "个只两*xx~--颗条块饼听头张")
_ONE_BY_ONE: Final = "枚粒颗只头尾朵"


def _weight(low: Fraction, high: Fraction | None, unit_mg: int) -> tuple[int, int | None] | None:
    low_mg = _whole(low * unit_mg)
    high_mg = None if high is None else _whole(high * unit_mg)
    if (
        low_mg is None
        or low_mg > MAX_MILLIGRAMS
        or (high_mg is not None and not low_mg < high_mg <= MAX_MILLIGRAMS)
    ):
        return None
    return low_mg, high_mg


def _piece_before(plain: str, size: re.Match[str]) -> str | None:
    """枚 of 24枚(90-110g): the bracket directly behind a count of single pieces weighs one of them."""
    before = plain[: size.start()].removesuffix("约")
    counted = re.search(rf"[0-9]([{_ONE_BY_ONE}])(?:标准)?装?\($", before)
    return counted[1] if counted else None


def _pieces(plain: str) -> int | None:
    match = _PIECES.search(plain)
    if match is None or match["high"]:
        return None
    number = _number(match["low"])
    return None if number is None else _whole(number)


def _number(text: str | None) -> Fraction | None:
    if text is None:
        return None
    if text == "半":
        return Fraction(1, 2)
    try:
        return read_number(text).value
    except UnreadableNumber:
        return None


def _whole(value: Fraction) -> int | None:
    return int(value) if value.denominator == 1 else None
