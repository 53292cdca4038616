"""A product's name in parts: without quotation marks, brand words like 牌, brackets and what only advertises."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from search.analysis.quantities import quantities
from search.analysis.tables import tables
from search.analysis.text import HANZI, normalise

_QUOTES: Final = re.compile(r"[\"'`“”‘’«»《》〈〉「」『』]")
_BRAND: Final = re.compile(rf"(?<=[{HANZI}a-z])牌(?=[{HANZI}])")
_PART: Final = re.compile(rf"[{HANZI}a-z0-9]+")
LONGEST_NAME: Final = 12
_LATIN: Final = re.compile("[a-z]{2,}")
_WRITTEN: Final = re.compile("[a-z0-9]+")


@lru_cache(maxsize=16_384)
def parts(name: str) -> tuple[str, ...]:
    """The parts of a published name, normalised; latin letters and digits are kept in place, quantities are taken out.

    >>> parts("“霸王花”牌米粉")
    ('霸王花米粉',)
    """
    text = _QUOTES.sub("", normalise(name))
    _, text = quantities(text)
    text = _BRAND.sub("", text)
    for word in tables().advertising:
        text = text.replace(word, " ")
    return tuple(_PART.findall(text))


def hanzi_parts(name: str) -> tuple[str, ...]:
    """The parts, Chinese characters only."""
    found = (re.sub(f"[^{HANZI}]+", " ", part).split() for part in parts(name))
    return tuple(piece for pieces in found for piece in pieces)


def latin_words(name: str) -> tuple[str, ...]:
    """Words of latin letters in a name (AUSTAR), lower case."""
    return tuple(dict.fromkeys(_LATIN.findall(" ".join(parts(name)))))


def written_words(name: str) -> tuple[str, ...]:
    """Words of letters and digits as they are written, sizes left out: 绿茶88号 → 88; A8大米 → a8."""
    return tuple(dict.fromkeys(word for part in parts(name) for word in _WRITTEN.findall(part)))


def plain(name: str) -> str:
    """The whole name as one string, for comparing: what two names must share to be the same."""
    return "".join(parts(name))
