"""Numbers of people out of free text: a telephone or an ID number that a seller typed is neither found by nor shown.

Runs of seven and more digits, Chinese or Latin, also with blanks or hyphens between them; sizes and years are shorter. Names of
people cannot be told from other words: free text is its writer's duty (docs/search.md).
"""

from __future__ import annotations

import re
from typing import Final

LEAST: Final = 7
_DIGIT: Final = r"[\d零〇○一二三四五六七八九幺]"
_NUMBER: Final = re.compile(rf"{_DIGIT}(?:[\s\-‐-―－()()]{{0,2}}{_DIGIT}){{{LEAST - 1},}}[xX×ＸX]?")


def without_numbers(text: str) -> str:
    """The text with each long number as one blank, for everything that becomes a token."""
    return _NUMBER.sub(" ", text)


def masked(text: str) -> str:
    """The text with long numbers as asterisks; of the same length, so that places in it stay."""
    return _NUMBER.sub(lambda found: "*" * len(found[0]), text)
