"""Words that documents have, asked by how they are written, read or sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from search.analysis import pinyin
from search.analysis.concepts import vocabulary
from search.analysis.places import place_words
from search.engines.protocol import Expression


class Lexicon(Protocol):
    """What the index knows of words; PostgreSQL answers it for both engines."""

    def read_as(self, letters: str) -> Sequence[str]:
        """Terms whose syllables run together are `letters`, the most frequent first."""

    def sounding(self, sound: str) -> Sequence[str]:
        """Terms that sound like it (`pinyin.sound`)."""

    def with_initials(self, letters: str) -> Sequence[str]:
        """Terms whose initials are `letters`."""

    def has(self, expression: Expression) -> bool:
        """Whether any document satisfies the expression."""


@lru_cache(maxsize=1)
def _by_reading() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for word in (*sorted(vocabulary().concepts), *sorted(place_words())):
        found.setdefault(pinyin.spelled(word), {})[word] = None
    return {reading: tuple(words) for reading, words in found.items()}


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for word in sorted(vocabulary().concepts):
        found.setdefault(pinyin.sound(word), {})[word] = None
    return {sound: tuple(words) for sound, words in found.items()}


def words_read_as(letters: str) -> tuple[str, ...]:
    """Words of the trade and places with that reading, whether or not any document has them."""
    return _by_reading().get(letters, ())


def words_sounding(sound: str) -> tuple[str, ...]:
    """Words of the trade with that sound."""
    return _by_sound().get(sound, ())


def unique(words: Iterable[str], most: int) -> list[str]:
    """The first `most` different words; no more is read than that takes."""
    found: dict[str, None] = {}
    for word in words:
        found[word] = None
        if len(found) == most:
            break
    return list(found)
