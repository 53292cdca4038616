"""Places named in a question: old and new names lead to the codes in force; a town counts where nothing higher has the name."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from marketplace.core import divisions
from marketplace.core.divisions.names import aliases
from marketplace.core.divisions.table import LEVELS, table
from marketplace.core.errors import Invalid
from search.analysis.text import normalise

_DEPTH: Final = LEVELS.index("county")


@lru_cache(maxsize=1)
def place_words() -> frozenset[str]:
    """Names and short names of every province, city and county there is or was, normalised."""
    found: set[str] = set()
    for versions in table().versions.values():
        for version in versions:
            if version.level in LEVELS[1 : _DEPTH + 1]:
                found.update(normalise(alias) for alias in aliases(version.name))
    return frozenset(word for word in found if len(word) > 1)


@lru_cache(maxsize=16_384)
def areas_named(text: str) -> tuple[str, ...]:
    """Codes in force of every place that the whole (normalised) text can name; nothing when it names none."""
    if len(text) < 2 and text not in divisions.names.PROVINCE_SHORT:
        return ()
    found = divisions.find(text)
    named = tuple(
        d for d in found if d.code != divisions.NATION and text in {normalise(a) for a in _names_of(d.code)}
    )
    return tuple(d.code for d in named) or tuple(d.code for d in found if _is_chain(text, d.code))


def _names_of(code: str) -> set[str]:
    """Every name that the place has or had, and that places had which it took over."""
    held = table()
    found: set[str] = set()
    line = [code]
    seen: set[str] = set()
    while line:
        here = line.pop()
        if here in seen:
            continue
        seen.add(here)
        for version in held.versions.get(here, ()):
            found.update(aliases(version.name))
        line += held.predecessors.get(here, ())
    found.update(short for short, province in divisions.names.PROVINCE_SHORT.items() if province == code)
    return found


def _is_chain(text: str, code: str) -> bool:
    """广东梅州, 梅州市梅县区: names of a place and of what it lies in, and nothing else."""
    rest = text
    for division in divisions.lineage(code):
        for alias in sorted((normalise(a) for a in _names_of(division.code)), key=len, reverse=True):
            if rest.startswith(alias):
                rest = rest[len(alias) :]
                break
    return not rest


def area_codes(code: str) -> tuple[str, ...]:
    """Codes in force of everything that holds an origin, from the province down to the town and village where they are told."""
    try:
        here = divisions.resolve(code)
    except Invalid:
        here = divisions.canonical(code)
    return tuple(d.code for d in divisions.lineage(here) if d.code != divisions.NATION)


def area_path(code: str) -> tuple[str, ...]:
    """The same, down to the county."""
    return tuple(c for c in area_codes(code) if LEVELS.index(divisions.level_of(c)) <= _DEPTH)
