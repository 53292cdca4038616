"""The language tables of search/data, read once: synonyms, kinds, spellings, sounds, units and the like.

Pure: files in, one frozen value out. The files say what they hold and how they were made (search/data/README.md).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class Fuzzy:
    """Sounds that speakers of the south do not tell apart: ``one`` and ``other`` at the beginning or the end of a syllable."""

    one: str
    other: str
    at: str
    """``initial`` or ``final``."""
    is_on: bool
    """Whether it is used unless told otherwise."""


@dataclass(frozen=True)
class Units:
    """How quantities are written. Spellings are in NFKC form and lower case."""

    grams: Mapping[str, Decimal]
    """Spelling → grams in one."""
    millilitres: Mapping[str, Decimal]
    """Spelling → millilitres in one."""
    counts: Mapping[str, str]
    """Spelling → the name of what is counted (piece, bag, box …)."""
    digits: Mapping[str, int]
    tens: Mapping[str, int]
    half: frozenset[str]
    several: frozenset[str]
    writing: Mapping[str, tuple[str, ...]]
    """multiply, range, about, net, packed, size_marks → the signs and words that mean it."""


@dataclass(frozen=True)
class Tables:
    """Every table of search/data. Words are in standard form: what `fold` would make of them."""

    synonyms: tuple[tuple[str, ...], ...]
    """Groups of words for the same thing, the canonical word first."""
    kinds: Mapping[str, tuple[str, ...]]
    """Canonical word → the wider words directly above it."""
    no_kinds: Mapping[str, tuple[str, ...]]
    """Word → words that it ends in and is no kind of."""
    category_words: Mapping[str, tuple[str, ...]]
    """Word → the category codes it names."""
    variants: Mapping[str, str]
    """Spelling → standard spelling of the same length; a word that stands for itself is protected."""
    lookalikes: tuple[str, ...]
    """Groups of characters that are mistaken for one another by shape."""
    fuzzy: tuple[Fuzzy, ...]
    readings: Mapping[str, tuple[str, ...]]
    """Word → its syllables without tones, where pypinyin reads it wrong."""
    words: frozenset[str]
    """Trade words for the segmenter that no other table holds."""
    marks: Mapping[str, str | None]
    """Word → the code of the quality mark it asks for, None when it is only a word of texts."""
    units: Units
    stopwords: frozenset[str]
    soft: frozenset[str]
    """States that move goods up and are never required: 鲜, 干."""
    advertising: tuple[str, ...]
    """What titles say that is no name, the longest first."""

    def fold(self, text: str) -> str:
        """The text in standard spelling, one pass, longest match first; its length does not change.

        Meant for text that is already NFKC, simplified (OpenCC t2s) and lower case.
        """
        return self._variant.sub(lambda found: self.variants[found.group()], text)

    @cached_property
    def _variant(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, sorted(self.variants, key=lambda v: (-len(v), v)))))


@cache
def tables(folder: Path = FOLDER) -> Tables:
    """The tables of a folder, read once. ValueError or KeyError when a file cannot be read as what it is."""
    sounds = _toml(folder / "homophones.toml")
    return Tables(
        synonyms=tuple(tuple(line.split()) for line in _lines(folder / "synonyms.txt")),
        kinds=_many(folder / "kinds.csv", ("word", "is_a")),
        no_kinds=_many(folder / "no_kinds.csv", ("word", "is_no")),
        category_words=_many(folder / "category_words.csv", ("word", "category_code")),
        variants=MappingProxyType(_variants(folder / "variants.txt")),
        lookalikes=tuple(_lines(folder / "lookalikes.txt")),
        fuzzy=tuple(Fuzzy(**row) for row in sounds["fuzzy"]),
        readings=MappingProxyType({word: tuple(sound.split()) for word, sound in sounds["readings"].items()}),
        words=_word_set(folder / "words.txt"),
        marks=MappingProxyType(
            {word: mark or None for word, mark in _pairs(folder / "marks.csv", ("word", "mark"))}
        ),
        units=_units(_toml(folder / "units.toml")),
        stopwords=_word_set(folder / "stopwords.txt"),
        soft=_word_set(folder / "soft.txt"),
        advertising=tuple(sorted(_word_set(folder / "advertising.txt"), key=lambda w: (-len(w), w))),
    )


def _word_set(path: Path) -> frozenset[str]:
    return frozenset(word for line in _lines(path) for word in line.split())


def _lines(path: Path) -> Iterator[str]:
    """The lines that are no comment and not blank."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            yield text


def _pairs(path: Path, header: tuple[str, str]) -> list[tuple[str, str]]:
    """The rows of a table of two columns. ValueError names the line that has not two cells, or the wrong heading."""
    rows = [tuple(line.split(",")) for line in _lines(path)]
    if not rows or rows[0] != header:
        raise ValueError(f"{path.name} does not begin with {','.join(header)}")
    found: list[tuple[str, str]] = []
    for row in rows[1:]:
        if len(row) != len(header) or not row[0]:
            raise ValueError(f"{path.name} has no two cells in {','.join(row)}")
        found.append((row[0], row[1]))
    return found


def _many(path: Path, header: tuple[str, str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word, value in _pairs(path, header):
        found.setdefault(word, []).append(value)
    return MappingProxyType({word: tuple(values) for word, values in found.items()})


def _variants(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines(path):
        variant, sign, standard = line.partition("=")
        if not sign or not variant or variant in found:
            raise ValueError(f"{path.name} cannot hold {line}")
        found[variant] = standard
    return found


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _units(data: dict[str, Any]) -> Units:
    def sizes(names: dict[str, list[str]], each: dict[str, str]) -> Mapping[str, Decimal]:
        return MappingProxyType(
            {spelling: Decimal(each[name]) for name, spellings in names.items() for spelling in spellings}
        )

    numerals = data["numerals"]
    return Units(
        grams=sizes(data["weight"], data["weight_grams"]),
        millilitres=sizes(data["volume"], data["volume_ml"]),
        counts=MappingProxyType(
            {spelling: name for name, spellings in data["count"].items() for spelling in spellings}
        ),
        digits=MappingProxyType(numerals["digits"]),
        tens=MappingProxyType(numerals["tens"]),
        half=frozenset(numerals["half"]),
        several=frozenset(numerals["several"]),
        writing=MappingProxyType({name: tuple(words) for name, words in data["writing"].items()}),
    )
