"""The language tables of `search/data`, read once. What each file is, and how it was made, stands at its head.

Words in the tables are written as people write them; whoever compares them with text normalises both (`text.normalise`).
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class Tables:
    """Everything the files say. `units`: unit → (weight | volume | piece | pack, factor to grams, millilitres or one)."""

    synonyms: tuple[tuple[str, ...], ...]  # each group's first word is the canonical one
    kinds: dict[str, tuple[str, ...]]  # word → the wider words directly above it
    category_words: dict[str, tuple[str, ...]]  # word → category codes of any level
    variant_characters: dict[int, str]  # for str.translate
    variant_words: tuple[tuple[str, str], ...]  # (variant, standard), the longest first
    lookalikes: dict[str, tuple[str, ...]]  # character → those it is mistaken for
    merged_initials: dict[str, str]
    merged_finals: dict[str, str]
    readings: dict[str, str]  # phrase → its syllables, parted by blanks
    words: tuple[str, ...]
    marks: dict[str, str | None]  # word → quality mark, None for a word that is only text
    units: dict[str, tuple[str, Decimal]]
    stopwords: frozenset[str]
    advertising: tuple[str, ...]  # what only advertises, the longest first
    soft: frozenset[str]  # states that move a hit up but are never required: 鲜, 干


@lru_cache(maxsize=1)
def tables() -> Tables:
    """All tables."""
    variants = [line.split("=", 1) for line in _lines("variants.txt")]
    sounds = _toml("homophones.toml")
    return Tables(
        synonyms=tuple(tuple(line.split()) for line in _lines("synonyms.txt")),
        kinds=_many("kinds.csv"),
        category_words=_many("category_words.csv"),
        variant_characters={ord(v): s for v, s in variants if len(v) == len(s) == 1},
        variant_words=tuple(sorted(((v, s) for v, s in variants if len(v) > 1), key=lambda pair: -len(pair[0]))),
        lookalikes=_lookalikes(),
        merged_initials=dict(sounds.get("initials", {})),
        merged_finals=dict(sounds.get("finals", {})),
        readings=dict(sounds.get("readings", {})),
        words=tuple(_lines("words.txt")),
        marks={word: marks[0] or None for word, marks in _many("marks.csv").items()},
        units=_units(),
        stopwords=frozenset(_lines("stopwords.txt")),
        advertising=tuple(sorted(_lines("advertising.txt"), key=len, reverse=True)),
        soft=frozenset(_lines("soft.txt")),
    )


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """SHA-256 (hex) of all files: an index built with other tables is stale."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _lines(name: str) -> Iterator[str]:
    """Lines without comments and blanks."""
    path = FOLDER / name
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("#", 1)[0].strip()
        if text:
            yield text


def _many(name: str) -> dict[str, tuple[str, ...]]:
    """A two-column CSV file with a head: first column → every second column."""
    found: dict[str, dict[str, None]] = {}
    lines = _lines(name)
    next(lines, None)
    for row in csv.reader(lines):
        found.setdefault(row[0].strip(), {})[row[1].strip() if len(row) > 1 else ""] = None
    return {word: tuple(values) for word, values in found.items()}


def _toml(name: str) -> dict[str, Any]:
    path = FOLDER / name
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _lookalikes() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for group in _lines("lookalikes.txt"):
        for character in group:
            found.setdefault(character, {}).update(dict.fromkeys(group.replace(character, "")))
    return {character: tuple(others) for character, others in found.items()}


def _units() -> dict[str, tuple[str, Decimal]]:
    found: dict[str, tuple[str, Decimal]] = {}
    for kind, units in _toml("units.toml").items():
        for unit, factor in units.items():
            found[unit] = (kind, Decimal(str(factor)))
    return found
