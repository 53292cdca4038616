"""The whole question: constraints (places, quantities), what is wanted, and what may stand below it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from marketplace.core.errors import Invalid
from search.analysis import pinyin
from search.analysis.concepts import concept_of
from search.analysis.places import areas_named
from search.analysis.quantities import quantities
from search.analysis.tables import tables
from search.analysis.text import HANZI, normalise
from search.engines.protocol import NEVER, Expression, Token, all_of
from search.query.lexicon import Lexicon, unique, words_read_as
from search.query.reading import read
from search.query.wanted import EXACT_NAME, SOFT, Wanted, either, tokens

LONGEST_QUERY: Final = 200
MOST_RUNS: Final = 12
_PIECE: Final = re.compile(rf"[{HANZI}]+|[a-z0-9]+")
_MOST_READINGS: Final = 4
_SWAPPABLE: Final = (4, 8)
"""Initials of so many letters, least and most, may have two neighbours typed in the wrong order."""
_MOST_SPLIT: Final = 8
"""So many syllables run together are tried as two words."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A query as an engine is asked it. `places` are the runs read as a constraint of origin."""

    text: str
    wanted: tuple[Wanted, ...]
    places: tuple[str, ...]
    filters: tuple[Expression, ...]
    sized: Expression  # a size that is exactly the one asked for

    def strict(self) -> Expression | None:
        """What a hit must satisfy besides the filters."""
        required = [one.strict for one in self.wanted if one.required]
        return all_of(required) if required else None

    def points(self) -> tuple[tuple[Expression, int], ...]:
        """Everything that orders hits."""
        found = [pair for one in self.wanted for pair in (*one.points, *one.related)]
        if self.sized != NEVER:
            found.append((self.sized, SOFT))
        found.append((Token(f"e:{''.join(self.text.split())}"), EXACT_NAME))
        return tuple(dict.fromkeys(found))

    def related(self) -> tuple[Expression, ...]:
        """What may stand below the hits: the same kind, or what satisfies one of several wishes."""
        found = [expression for one in self.wanted for expression, _ in one.related]
        required = [one for one in self.wanted if one.required]
        if len(required) > 1:
            found += [one.strict for one in required]
        return tuple(dict.fromkeys(found))

    def words(self) -> tuple[str, ...]:
        """Words to mark in an answer, the longest first."""
        found = {word for one in self.wanted for word in one.words} | set(self.places)
        return tuple(sorted(found, key=lambda word: (-len(word), word)))


def check(text: str) -> str:
    """The query normalised. `Invalid` ``query`` when it is too long or nothing of it can be searched."""
    if len(text) > LONGEST_QUERY:
        raise Invalid("query_too_long", f"搜索词最多{LONGEST_QUERY}个字", pointer="/q")
    return normalise(text)


def plan(text: str, lexicon: Lexicon, *, as_text: frozenset[str] = frozenset()) -> Plan:
    """Read a normalised query. Runs in `as_text` are no places, whatever they name."""
    found_quantities, rest = quantities(text)
    filters: list[Expression] = []
    sized: Expression = NEVER
    if found_quantities:
        exact = [token for token in found_quantities if token.startswith("=")]
        filters.append(tokens("q", [token for token in found_quantities if token not in exact]))
        sized = tokens("q", exact)
    places: list[str] = []
    wanted: list[Wanted] = []
    for piece in _pieces(rest):
        word, areas = _place(piece, lexicon) if piece not in as_text else (piece, ())
        if areas:
            places.append(word)
            filters.append(tokens("o", areas))
        else:
            wanted.append(_read_piece(piece, lexicon))
    if text and not found_quantities and not _PIECE.search(text):
        wanted.append(Wanted(text, NEVER))  # ***, 🍊: asked for, and nothing that goods could be found by
    return Plan(text, tuple(wanted), tuple(places), tuple(filters), sized)


def _pieces(text: str) -> list[str]:
    """Chinese runs and words of letters and digits, without what says nothing."""
    found: list[str] = []
    for piece in _PIECE.findall(text):
        stripped = _without_stopwords(piece)
        if stripped:
            found.append(stripped)
    return unique(found, MOST_RUNS)


@cache
def _longer_stopwords() -> tuple[str, ...]:
    """Those of more than one character, the longest first; a single one may be part of a word."""
    return tuple(sorted((word for word in tables().stopwords if len(word) > 1), key=lambda w: (-len(w), w)))


def _without_stopwords(piece: str) -> str:
    held = tables().stopwords
    if piece in held:
        return ""
    if concept_of(piece) is None:
        for word in _longer_stopwords():
            piece = piece.replace(word, "")
        piece = piece.removeprefix("的").removesuffix("的")
        if "的" in piece and len(piece) > 2:
            piece = piece.replace("的", "")
    return "" if piece in held else piece


def _place(piece: str, lexicon: Lexicon) -> tuple[str, tuple[str, ...]]:
    """The place that a piece names by itself, and its codes; words of the trade are no places (和平 is, 香菇 is not)."""
    if piece.isascii():
        if not piece.isalpha() or lexicon.read_as(piece):
            return piece, ()
        named = [(word, areas_named(word)) for word in words_read_as(piece) if concept_of(word) is None]
        found = [(word, areas) for word, areas in named if areas]
        if found and not any(concept_of(word) for word in words_read_as(piece)):
            return found[0][0], tuple(code for _, areas in found for code in areas)
        return piece, ()
    return (piece, areas_named(piece)) if concept_of(piece) is None else (piece, ())


def _read_piece(piece: str, lexicon: Lexicon) -> Wanted:
    if not piece.isascii():
        return read(piece)
    if not piece.isalpha() or len(piece) < 2:
        return Wanted(piece, Token(f"w:{piece}"), ((Token(f"w:{piece}"), EXACT_NAME),), words=(piece,))
    return _letters(piece, lexicon)


def _letters(letters: str, lexicon: Lexicon) -> Wanted:
    """A brand in letters, pinyin run together, or initials."""
    word = Wanted(letters, Token(f"w:{letters}"), ((Token(f"w:{letters}"), EXACT_NAME),), words=(letters,))
    readings = [word, *(read(term) for term in _terms(letters, lexicon))]
    if len(readings) == 1:
        readings += _syllables(letters, lexicon)
    return either(letters, readings)


def _terms(letters: str, lexicon: Lexicon) -> list[str]:
    whole = unique((*lexicon.read_as(letters), *words_read_as(letters)), _MOST_READINGS)
    if whole:
        return whole
    found = unique(lexicon.with_initials(letters), _MOST_READINGS)
    if found or not _SWAPPABLE[0] <= len(letters) <= _SWAPPABLE[1]:
        return found
    swapped = (
        letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :] for at in range(len(letters) - 1)
    )
    return unique((term for other in swapped for term in lexicon.with_initials(other)), _MOST_READINGS)


def _syllables(letters: str, lexicon: Lexicon) -> Iterable[Wanted]:
    """Syllables that no term has as a whole: two known words run together, else the syllables side by side in a name."""
    read_syllables = pinyin.split_letters(letters)
    if read_syllables is None or len(read_syllables) < 2:
        return
    splits = len(read_syllables) if len(read_syllables) <= _MOST_SPLIT else 1
    for at in range(1, splits):
        left, right = "".join(read_syllables[:at]), "".join(read_syllables[at:])
        lefts = unique((*lexicon.read_as(left), *words_read_as(left)), 2)
        rights = unique((*lexicon.read_as(right), *words_read_as(right)), 2)
        yield from (read(one + other) for one in lefts for other in rights)
    together = all_of(Token(f"y:{a} {b}") for a, b in itertools.pairwise(read_syllables))
    yield Wanted(letters, together, ((together, EXACT_NAME),))
