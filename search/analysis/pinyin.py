"""How a word is read: syllables, initials, and the sound that southern speakers cannot tell from others."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin, load_phrases_dict, pinyin_dict

from search.analysis.tables import tables

_INITIALS: Final = (
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y", "w",
)  # fmt: skip


@lru_cache(maxsize=1)
def _load() -> None:
    load_phrases_dict({phrase: [[s] for s in reading] for phrase, reading in tables().readings.items()})


@lru_cache(maxsize=65_536)
def syllables(text: str) -> tuple[str, ...]:
    """One syllable without tone a character, ü as v; characters without a reading are left out."""
    _load()
    return tuple(s for s in lazy_pinyin(text, style=Style.NORMAL, errors="ignore") if s.isascii())


def spelled(text: str) -> str:
    """The syllables run together: 金柚 → jinyou."""
    return "".join(syllables(text))


def initials(text: str) -> str:
    """First letters: 平远脐橙 → pycq."""
    return "".join(s[0] for s in syllables(text))


@lru_cache(maxsize=65_536)
def sound(text: str) -> str:
    """Syllables as they sound to those who merge zh and z, l and n, -ng and -n (the table's default pairs), parted by blanks."""
    return " ".join(merged(s) for s in syllables(text))


@lru_cache(maxsize=4096)
def merged(syllable: str) -> str:
    """One syllable with the confusable initials and finals made one."""
    initial = next((i for i in _INITIALS if syllable.startswith(i)), "")
    final = syllable[len(initial) :]
    same = _merged_parts()
    return same["initial"].get(initial, initial) + same["final"].get(final, final)


@lru_cache(maxsize=1)
def _merged_parts() -> dict[str, dict[str, str]]:
    """Initials and finals that are not told apart → the one that stands for both."""
    found: dict[str, dict[str, str]] = {"initial": {}, "final": {}}
    for pair in tables().fuzzy:
        if pair.is_on:
            found[pair.at][pair.one] = pair.other
    return found


@lru_cache(maxsize=1)
def known_syllables() -> frozenset[str]:
    """Every syllable that some common character has."""
    strip = str.maketrans("āáǎàēéěèōóǒòīíǐìūúǔùüǖǘǚǜńňǹḿ", "aaaaeeeeooooiiiiuuuuvvvvvnnnm")
    found: set[str] = set()
    for code, readings in pinyin_dict.pinyin_dict.items():
        if 0x4E00 <= code <= 0x9FFF:
            found.update(r.translate(strip) for r in readings.split(","))
    return frozenset(s for s in found if re.fullmatch("[a-z]{1,6}", s))


@lru_cache(maxsize=4096)
def split_letters(letters: str) -> tuple[str, ...] | None:
    """Letters as whole syllables (longest first), None when they are not: jinyou → jin, you; mzjy → None."""
    if not letters:
        return ()
    for length in range(min(6, len(letters)), 0, -1):
        head = letters[:length]
        if head in known_syllables() and (length > 1 or head in "aeo"):
            rest = split_letters(letters[length:])
            if rest is not None:
                return (head, *rest)
    return None
