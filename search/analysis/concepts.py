"""What words mean in the trade: synonyms are one concept, a concept is a kind of wider ones, a name's head says what a thing is.

The vocabulary is the synonym groups, the kinds and the keywords of the product categories. A word that ends in another is a kind
of it (沙田柚 → 柚子) unless the tables say what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from marketplace.producers.categories import all_categories
from search.analysis.tables import tables
from search.analysis.text import normalise

LONGEST: Final = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the vocabulary in a text, and the concept it names."""

    start: int
    end: int
    word: str
    concept: str


@dataclass(frozen=True)
class Vocabulary:
    """Word → concept, concept → the wider concepts directly above it, concept → category codes that it stands for."""

    concepts: dict[str, str]
    above: dict[str, tuple[str, ...]]
    categories: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]  # concept → its words


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Everything the tables say, read once."""
    held = tables()
    concepts: dict[str, str] = {}
    for group in held.synonyms:
        concepts.update({normalise(word): normalise(group[0]) for word in group})
    keywords = {normalise(w): c.code for c in all_categories().values() for w in c.keywords}
    for word in (*held.kinds, *(p for parents in held.kinds.values() for p in parents), *keywords):
        concepts.setdefault(normalise(word), normalise(word))
    for word in held.category_words:
        concepts.setdefault(normalise(word), normalise(word))
    above = _above(concepts)
    categories: dict[str, list[str]] = {}
    for word, codes in held.category_words.items():
        categories.setdefault(concepts[normalise(word)], []).extend(codes)
    for word, code in keywords.items():
        categories.setdefault(concepts[word], []).append(code)
    words: dict[str, list[str]] = {}
    for word, concept in concepts.items():
        words.setdefault(concept, []).append(word)
    return Vocabulary(
        concepts,
        above,
        {concept: tuple(dict.fromkeys(codes)) for concept, codes in categories.items()},
        {concept: tuple(found) for concept, found in words.items()},
    )


def _above(concepts: dict[str, str]) -> dict[str, tuple[str, ...]]:
    above: dict[str, dict[str, None]] = {}
    explicit = {concepts[normalise(p)] for wider in tables().kinds.values() for p in wider}
    for word, parents in tables().kinds.items():
        concept = concepts[normalise(word)]
        explicit.add(concept)
        for parent in parents:
            wider = concepts[normalise(parent)]
            if wider != concept:
                above.setdefault(concept, {})[wider] = None
    explicit_above = {concept: tuple(wider) for concept, wider in above.items()}
    for word, concept in concepts.items():
        # What the tables say nothing of is a kind of what it ends in, a single character included. What they speak of is so only
        # by an ending of two or more that agrees with them: 金柚啤酒, told to be 酒, is 啤酒; 马铃薯 is no 薯. That ending must
        # be the wider concept's own word: 淡水鱼 ends in 水鱼, another word for 甲鱼, and is none.
        if concept in explicit and word != concept:
            continue
        ending = _ending(word, concept, concepts, shortest=2 if concept in explicit else 1)
        if ending is None or concept in _reach(ending, explicit_above):
            continue
        if concept in explicit:
            told = set(explicit_above.get(concept, ()))
            if not word.endswith(ending) or told.isdisjoint(_reach(ending, explicit_above)):
                continue
        if ending not in tables().no_kinds.get(word, ()):
            above.setdefault(concept, {})[ending] = None
    return {concept: tuple(parents) for concept, parents in above.items()}


def _ending(word: str, concept: str, concepts: dict[str, str], *, shortest: int) -> str | None:
    """The concept of the longest word that this word ends in."""
    for start in range(1, len(word) - shortest + 1):
        wider = concepts.get(word[start:])
        if wider is not None and wider != concept:
            return wider
    return None


def _reach(concept: str, above: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The concept itself, then everything above it, nearest first."""
    found = {concept: None}
    line = [concept]
    for here in line:
        new = [wider for wider in above.get(here, ()) if wider not in found]
        found.update(dict.fromkeys(new))
        line += new
    return tuple(found)


@lru_cache(maxsize=8192)
def ancestors(concept: str) -> tuple[str, ...]:
    """The concept itself, then everything it is a kind of, nearest first."""
    return _reach(concept, vocabulary().above)


def parents(concept: str) -> tuple[str, ...]:
    """The concepts directly above."""
    return vocabulary().above.get(concept, ())


def concept_of(word: str) -> str | None:
    """The concept that a whole (normalised) word names."""
    return vocabulary().concepts.get(word)


def find(text: str) -> list[Found]:
    """Every word of the vocabulary in a normalised text that does not lie inside a longer one, in order."""
    known = vocabulary().concepts
    found: list[Found] = []
    reach = 0
    for start in range(len(text)):
        for end in range(min(len(text), start + LONGEST), max(start, reach), -1):
            concept = known.get(text[start:end])
            if concept is not None:
                found.append(Found(start, end, text[start:end], concept))
                reach = end
                break
    return found


def inside(found: Found) -> Iterable[str]:
    """Concepts of shorter words inside a word, other than at its end: 红薯 in 红薯粉 (what it is made of)."""
    known = vocabulary().concepts
    wider = set(ancestors(found.concept))
    for start in range(len(found.word)):
        for end in range(len(found.word) - 1, start + 1, -1):
            concept = known.get(found.word[start:end])
            if concept is not None and concept not in wider:
                yield concept


@dataclass(frozen=True)
class Meaning:
    """What a name says: `heads` is what the thing is, `bodies` every concept named (heads included), without their ancestors."""

    heads: tuple[str, ...]
    bodies: tuple[str, ...]


_TAIL: Final = ("系列产品", "系列", "及制品", "制品", "产品", "干货", "特产", "子实体")


def meaning(parts: Iterable[str], category_code: str | None = None) -> Meaning:
    """Heads and bodies of a name, given as its parts (`names.parts`).

    In each part the last word is the head, as 啤酒 in 金柚啤酒. Of several parts those count whose concept belongs to the
    category of the product, where one does; a wider concept gives way to a narrower one (水果 beside 苹果).
    """
    heads: dict[str, None] = {}
    bodies: dict[str, None] = {}
    for part in parts:
        words = find(part)
        if not words:
            continue
        for word in words:
            bodies[word.concept] = None
            bodies.update(dict.fromkeys(inside(word)))
        heads[_head(part, words).concept] = None
    chosen = _in_category(tuple(heads), category_code)
    wider = {above for head in chosen for above in ancestors(head)[1:]}
    return Meaning(tuple(h for h in chosen if h not in wider), tuple(bodies))


def _head(part: str, words: list[Found]) -> Found:
    text = part
    for tail in _TAIL:
        text = text.removesuffix(tail)
    inside_text = [word for word in words if word.end <= len(text)]
    return (inside_text or words)[-1]


def _in_category(heads: tuple[str, ...], category_code: str | None) -> tuple[str, ...]:
    if category_code is None or len(heads) < 2:
        return heads
    for digits in (6, 4, 2):
        fitting = tuple(h for h in heads if _belongs(h, category_code[:digits]))
        if fitting:
            return fitting
    return heads


def _belongs(concept: str, prefix: str) -> bool:
    known = vocabulary().categories
    return any(code.startswith(prefix) for c in ancestors(concept) for code in known.get(c, ()))
