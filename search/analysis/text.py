"""Text as it is compared: one width, one script, one case, one form of each character; and the runs it falls into."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from opencc import OpenCC

from search.analysis.tables import tables

HANZI: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN: Final = re.compile(rf"[{HANZI}]+|[a-z]+|[0-9]+(?:\.[0-9]+)?|[%+#*×~-]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]")
_SIMPLE: Final = OpenCC("t2s")


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """NFKC, without controls and invisible marks, simplified, lower case, variant characters and words made one.

    >>> normalise("羅漢果 ＡＢＣ")
    '罗汉果 abc'
    """
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode())
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in _INVISIBLE.sub("", text))
    text = _SIMPLE.convert(text).lower()
    return tables().fold(" ".join(text.split()))


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one script: `kind` is hanzi, latin, number or sign."""

    text: str
    kind: str


@lru_cache(maxsize=4096)
def runs(text: str) -> tuple[Run, ...]:
    """The runs of a normalised text, in order; blanks and other signs part them."""
    return tuple(Run(found, _kind(found)) for found in _RUN.findall(text))


def _kind(text: str) -> str:
    if text[0].isascii():
        return "latin" if text[0].isalpha() else "number" if text[0].isdigit() else "sign"
    return "hanzi"


def pairs(text: str) -> tuple[str, ...]:
    """Every two characters that stand side by side, in order: 金柚花 → 金柚, 柚花."""
    return tuple(text[at : at + 2] for at in range(len(text) - 1))
