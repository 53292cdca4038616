"""When nothing matches: what may have been meant. A word of the trade is never taken for another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from search.analysis import pinyin
from search.analysis.concepts import concept_of, find, inside, parents
from search.analysis.tables import tables
from search.analysis.words import is_word
from search.engines.protocol import Token, all_of, simplify
from search.query.lexicon import Lexicon, unique, words_sounding
from search.query.plan import Plan, plan
from search.query.reading import split_place
from search.query.wanted import Wanted

MOST_TRIED: Final = 8
MOST_SUGGESTED: Final = 4
_LONGEST_SWAPPED: Final = 10
_LONGEST_SEARCHED: Final = 12
"""Slips are looked for inside words of so many characters: what is tried grows with the square of the length."""


def corrected(text: str, read: Plan, lexicon: Lexicon) -> Iterator[tuple[str, Plan]]:
    """Other readings of a query without hits, the likeliest first: (query, plan).

    A place that was no place; then, for each thing that no document has, words that sound the same, and words with a character
    that looks alike. Nothing for words that a dictionary has, but for those with the very same reading.
    """
    if read.places:
        yield text, plan(text, lexicon, as_text=frozenset(read.places))
    unmatched = [one for one in read.wanted if one.required and not _matches(one, lexicon)]
    if not unmatched or len(unmatched) > 2:
        return
    for one in unmatched:
        for candidate in candidates(one.text, lexicon)[:MOST_TRIED]:
            other = text.replace(one.text, candidate)
            yield other, plan(other, lexicon)


def _matches(one: Wanted, lexicon: Lexicon) -> bool:
    strict = simplify(one.strict)
    return strict is None or lexicon.has(strict)


def candidates(word: str, lexicon: Lexicon) -> list[str]:
    """Words that may be meant by one that no document has."""
    if word.isascii() or concept_of(word) is not None:
        return []
    found = [*_heard(word, lexicon)]
    if not is_word(word):
        found += _seen(word)
        place, rest = split_place(word)
        if place:
            found += [place + other for other in (*_heard(rest, lexicon), *_seen(rest))]
        found += _inside(word, lexicon)
    return unique((other for other in found if other != word), MOST_TRIED * 2)


def _heard(word: str, lexicon: Lexicon) -> list[str]:
    """The same syllables; for what is no word also those that southern ears do not tell apart. More shared characters first."""
    if len(word) < 2:
        return []
    sound = pinyin.sound(word)
    found = [*words_sounding(sound), *lexicon.sounding(sound)]
    spelled = pinyin.spelled(word)
    if is_word(word):
        found = [other for other in found if pinyin.spelled(other) == spelled]
    return sorted(
        dict.fromkeys(found),
        key=lambda other: (-_shared(word, other), pinyin.spelled(other) != spelled, found.index(other)),
    )


def _shared(word: str, other: str) -> int:
    return sum(a == b for a, b in zip(word, other, strict=False))


def _seen(word: str) -> list[str]:
    """One character replaced by one that looks alike, where that makes a word of the trade or ends in one."""
    if not 2 <= len(word) <= _LONGEST_SWAPPED:
        return []
    found = []
    for at, character in enumerate(word):
        for other in _lookalikes().get(character, ""):
            swapped = word[:at] + other + word[at + 1 :]
            found.append((concept_of(swapped) is None and not is_word(swapped), at, swapped))
    return [swapped for _, _, swapped in sorted(found)]


@lru_cache(maxsize=1)
def _lookalikes() -> dict[str, str]:
    """Character → those it is mistaken for."""
    return {one: group.replace(one, "") for group in tables().lookalikes for one in group}


def _inside(word: str, lexicon: Lexicon) -> Iterator[str]:
    """Two or more characters of a longer word replaced by a word of the trade that sounds alike: 新鲜香姑 → 新鲜香菇."""
    if not 3 <= len(word) <= _LONGEST_SEARCHED:
        return
    for length in range(len(word) - 1, 1, -1):
        for start in range(len(word) - length + 1):
            piece = word[start : start + length]
            if concept_of(piece) is not None or is_word(piece):
                continue
            for other in (*words_sounding(pinyin.sound(piece)), *(s for s in _seen(piece) if concept_of(s))):
                if other != piece:
                    yield word[:start] + other + word[start + length :]


def suggestions(text: str, read: Plan, lexicon: Lexicon) -> Sequence[str]:
    """您可能想找: what would have hits, if one of several wishes or constraints were dropped; at most four."""
    return unique((one for one in _would_have(read, lexicon) if one != text), MOST_SUGGESTED)


def _would_have(read: Plan, lexicon: Lexicon) -> Iterator[str]:
    """All of them, the nearest first; whoever reads on pays for looking."""
    required = [one for one in read.wanted if one.required]
    if read.filters:
        strict = read.strict()
        narrowed = simplify(strict) if strict is not None else None
        if narrowed is not None and lexicon.has(narrowed):
            yield " ".join(one.text for one in read.wanted)
    if len(required) > 1:
        for one in required:
            narrowed = simplify(all_of([one.strict, *read.filters]))
            if narrowed is not None and lexicon.has(narrowed):
                yield " ".join([*read.places, one.text])
    for one in required:
        for word in find(one.text):
            for concept in (word.concept, *inside(word), *parents(word.concept)):
                if lexicon.has(all_of([Token(f"h:{concept}"), *read.filters])):
                    yield " ".join([*read.places, word.word if concept == word.concept else concept])
