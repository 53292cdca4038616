"""Cutting Chinese into words: rjieba with the trade's words and the places' names, no guessing of unknown words."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import rjieba

from search.analysis.concepts import vocabulary
from search.analysis.places import place_words
from search.analysis.tables import tables

LONGEST_TERM: Final = 8
MOST_WORDS: Final = 12


@lru_cache(maxsize=1)
def _load() -> None:
    for word in {*vocabulary().concepts, *tables().words, *place_words(), *tables().marks}:
        if len(word) > 1:
            rjieba.add_word(word, None, None)


@lru_cache(maxsize=65_536)
def cut(text: str) -> tuple[str, ...]:
    """The words of a normalised text of Chinese characters, in order."""
    _load()
    return tuple(rjieba.cut(text, False))


@lru_cache(maxsize=16_384)
def terms(part: str) -> tuple[str, ...]:
    """What somebody may type of a name's part: one to four words that stand together, two to eight characters long."""
    words = cut(part)[:MOST_WORDS]
    found: dict[str, None] = {}
    for start in range(len(words)):
        for end in range(start + 1, min(start + 4, len(words)) + 1):
            term = "".join(words[start:end])
            if len(term) > LONGEST_TERM:
                break
            if len(term) > 1:
                found[term] = None
    return tuple(found)


def is_word(text: str) -> bool:
    """Whether a dictionary has it: then it is no slip of the pen."""
    return len(text) > 1 and len(cut(text)) == 1


__all__ = ["cut", "is_word", "terms"]
