"""Where the words of a query stand in a text: positions, not markup, so that nothing of a name becomes HTML."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from search.analysis.text import normalise

MOST: Final = 20


def spans(text: str, words: Sequence[str]) -> list[list[int]]:
    """[start, end) of every word in the text, in code points, merged where they touch. Forms of a character are the same."""
    folded = _folded(text) if words else None
    if folded is None:
        return []
    taken = [False] * len(text)
    for word in words:
        at = folded.find(word) if word else -1
        while at >= 0:
            taken[at : at + len(word)] = [True] * len(word)
            at = folded.find(word, at + 1)
    found: list[list[int]] = []
    for place, is_taken in enumerate(taken):
        if is_taken and found and found[-1][1] == place:
            found[-1][1] = place + 1
        elif is_taken:
            found.append([place, place + 1])
    return found[:MOST]


def _folded(text: str) -> str | None:
    """The text normalised character by character, so that places stay; None for what would not stay in place."""
    folded = "".join(map(_form, text))
    return folded if len(folded) == len(text) else None


@lru_cache(maxsize=16_384)
def _form(character: str) -> str:
    return (normalise(character) or " ")[:1]
