"""How one run of Chinese characters is read: a word of the trade, a category, a mark, a place with a product, or plain text."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from marketplace.producers.categories import LEVEL_LENGTHS
from search.analysis.concepts import concept_of, find, parents, vocabulary
from search.analysis.places import areas_named
from search.analysis.tables import tables
from search.analysis.words import cut
from search.engines.protocol import Expression, Token, all_of, any_of
from search.query.wanted import (
    EXACT_NAME,
    IN_DESCRIPTION,
    IN_NAME,
    IN_PRODUCER,
    IS,
    MADE_OF,
    MARKED,
    NEXT_KIND,
    OF_CATEGORY,
    SAME_KIND,
    SOFT,
    Wanted,
    contains,
    tokens,
)

_MOST_WORDS: Final = 8


@lru_cache(maxsize=4096)
def read(text: str) -> Wanted:
    """The reading of a normalised run of Chinese characters."""
    if text in tables().soft:
        return Wanted(text, contains("n", text), ((contains("n", text), SOFT),), words=(text,), required=False)
    concept = concept_of(text)
    if concept is not None:
        return _concept(text, concept)
    if text in tables().marks:
        return _mark(text)
    return _compound(text)


def _mark(text: str) -> Wanted:
    """有机, 地理标志, 带动: a mark of the product, or the word in its name, its description or its producer's name."""
    mark = tables().marks[text]
    name, description, producer = (contains(prefix, text) for prefix in "ndp")
    points: list[tuple[Expression, int]] = [(name, MARKED), (description, IN_DESCRIPTION), (producer, IN_DESCRIPTION)]
    ways = [name, description, producer]
    if mark:
        ways.append(Token(f"m:{mark}"))
        points.append((Token(f"m:{mark}"), MARKED))
    return Wanted(text, any_of(ways), tuple(points), words=(text,), known=True)


def _concept(text: str, concept: str) -> Wanted:
    """A word of the trade: what a thing is, then what it is made of; a category word also stands for its categories."""
    is_it, of_it, name = Token(f"h:{concept}"), Token(f"k:{concept}"), contains("n", text)
    ways: list[Expression] = [is_it, of_it]
    points: list[tuple[Expression, int]] = [(is_it, IS), (of_it, MADE_OF), (name, 1), (Token(f"e:{text}"), SOFT)]
    place, rest = split_place(text)
    if place and rest != text and concept_of(rest) is not None:  # 英德红茶 is also any 红茶 of 英德
        grown = all_of((tokens("o", areas_named(place)), Token(f"h:{concept_of(rest)}")))
        ways.append(grown)
        points.append((grown, SOFT))
    codes = tables().category_words.get(text)
    if codes:
        ways.append(tokens("c", codes))
        points.append((tokens("c", codes), OF_CATEGORY))
    related = [] if codes else _next_kinds(concept)
    return Wanted(
        text, any_of(ways), tuple(points), tuple(related), (text, *vocabulary().words[concept]), known=True
    )


def _next_kinds(concept: str) -> list[tuple[Expression, int]]:
    """The kinds directly above, but for those as wide as a department of a shop (水果, 中药材)."""
    return [(Token(f"h:{wider}"), NEXT_KIND) for wider in parents(concept) if not is_wide(wider)]


def is_wide(concept: str) -> bool:
    """Whether a concept names a category of the first level."""
    return any(len(code) == LEVEL_LENGTHS[0] for code in tables().category_words.get(concept, ()))


def _compound(text: str) -> Wanted:
    """Several words run together, or none that is known: 英德红茶, 富硒大米, 霸王花食品, 广州酒家, 农交会金奖."""
    name, producer, description = (contains(prefix, text) for prefix in "npd")
    ways: list[Expression] = [name, producer]
    points: list[tuple[Expression, int]] = [
        (Token(f"e:{text}"), EXACT_NAME),
        (name, IN_NAME),
        (producer, IN_PRODUCER),
    ]
    related: list[tuple[Expression, int]] = []
    words = [text]
    parts = _parts(text)
    if len(parts) > 1:
        strict = all_of(part.strict for part in parts)
        ways.append(strict)
        points += [pair for part in parts for pair in part.points]
        words += [word for part in parts for word in part.words]
    tail = _tail(text)
    if tail is None:
        ways.append(description)
        points.append((description, IN_DESCRIPTION))
    else:
        related += [(Token(f"h:{tail}"), SAME_KIND)]
        related += _next_kinds(tail)
    return Wanted(text, any_of(ways), tuple(points), tuple(related), tuple(dict.fromkeys(words)))


def _parts(text: str) -> list[Wanted]:
    """The place in front, if there is one, and the words behind it, each as something wanted."""
    place, rest = split_place(text)
    found: list[Wanted] = []
    if place:
        areas = tokens("o", areas_named(place))
        found.append(Wanted(place, any_of((areas, contains("n", place))), ((areas, SOFT),), words=(place,)))
    for word in _words(rest)[:_MOST_WORDS]:
        if word in tables().stopwords:
            continue
        if place or word != text:
            found.append(read(word) if len(word) < len(text) else _plain(word))
    return [one for one in found if one.required]


def _words(text: str) -> list[str]:
    """Words of the trade whole, what lies between them cut."""
    found: list[str] = []
    at = 0
    for word in find(text):
        found += [*cut(text[at : word.start])] if word.start > at else []
        found.append(word.word)
        at = word.end
    if at < len(text):
        found += cut(text[at:])
    return found


def _plain(text: str) -> Wanted:
    ways = [contains(prefix, text) for prefix in "npd"]
    return Wanted(text, any_of(ways), ((ways[0], MADE_OF),), words=(text,))


def split_place(text: str) -> tuple[str, str]:
    """(place, rest) of a run that begins with a place: 来凤藤茶 → 来凤, 藤茶. The longest place that leaves something."""
    for length in range(min(len(text) - 1, 12), 1, -1):
        if areas_named(text[:length]):
            return text[:length], text[length:]
    return "", text


def _tail(text: str) -> str | None:
    """The concept that the text ends in, which says what is asked for: 冰淇淋红薯 → 红薯."""
    words = find(text)
    return words[-1].concept if words and words[-1].end == len(text) else None


def same_kind(heads: tuple[str, ...]) -> tuple[tuple[Expression, int], ...]:
    """What is of the kind of the best hits, for a query whose own words say nothing of a kind: 博君 → 普洱茶."""
    found = [(Token(f"h:{head}"), SAME_KIND) for head in heads if not is_wide(head)]
    return (*found, *(pair for head in heads for pair in _next_kinds(head)))
