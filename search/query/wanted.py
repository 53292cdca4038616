"""One thing that a question asks for, as expressions over tokens with their points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from search.analysis.text import pairs
from search.engines.protocol import NEVER, Expression, Token, all_of, any_of

# Points of relevance (docs/search.md, "How hits are ordered"). A name that is the query beats a name that holds it, what a thing is
# beats what it is made of, the name beats the category, the category beats a description.
EXACT_NAME: Final = 40
IN_NAME: Final = 30
IS: Final = 16
MADE_OF: Final = 8
OF_CATEGORY: Final = 10
MARKED: Final = 10
IN_PRODUCER: Final = 10
SOFT: Final = 5
IN_DESCRIPTION: Final = 4
SAME_KIND: Final = 6
NEXT_KIND: Final = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """`strict` must hold for a hit; `points` order hits; `related` may stand below them. `words` are marked in the answer."""

    text: str
    strict: Expression
    points: tuple[tuple[Expression, int], ...] = ()
    related: tuple[tuple[Expression, int], ...] = ()
    words: tuple[str, ...] = ()
    known: bool = False  # a word of the trade: no slip of the pen
    required: bool = True  # False: it only moves hits up (鲜, 干)




def contains(prefix: str, text: str) -> Expression:
    """The field holds the text: all its pairs of characters; of a single character, that one (names only)."""
    if len(text) == 1:
        return Token(f"n:{text}") if prefix == "n" else NEVER
    return all_of(Token(f"{prefix}:{pair}") for pair in pairs(text))


def tokens(prefix: str, values: Iterable[str]) -> Expression:
    """Any of the values of a field."""
    return any_of(Token(f"{prefix}:{value}") for value in values)


def either(text: str, readings: Iterable[Wanted]) -> Wanted:
    """Any of several readings of the same text; each keeps its points."""
    found = tuple(readings)
    if len(found) == 1:
        return found[0]
    return Wanted(
        text,
        any_of(one.strict for one in found),
        tuple(dict.fromkeys(pair for one in found for pair in one.points)),
        tuple(dict.fromkeys(pair for one in found for pair in one.related)),
        tuple(dict.fromkeys(word for one in found for word in one.words)),
        known=any(one.known for one in found),
    )
