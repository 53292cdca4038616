"""The tokens of a product: each says one thing it can be found by. docs/search.md lists the prefixes.

Both engines keep exactly these; the words of a question become tokens by the same code.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache

from marketplace.producers.categories import LEVEL_LENGTHS, all_categories
from search.analysis import names, pinyin
from search.analysis.concepts import ancestors, meaning
from search.analysis.places import area_codes
from search.analysis.quantities import quantities
from search.analysis.text import normalise, pairs, runs
from search.analysis.words import terms
from search.documents.source import ProductSource


def tokens_of(source: ProductSource) -> tuple[str, ...]:
    """All tokens of a product, sorted, each once."""
    named = name_parts(source)
    found = {*_name(source, named), *_concepts(source, named), *_sound(named)}
    for part in (_facts, _producer, _words, _quantities):
        found.update(part(source))
    return tuple(sorted(found))


def name_parts(source: ProductSource) -> tuple[str, ...]:
    """The parts of the name, the brand and of titles under which it is listed; each once."""
    texts = [source.name, source.brand or "", *(listing.title for listing in source.listings)]
    return tuple(dict.fromkeys(part for text in texts for part in names.hanzi_parts(text)))


def words_of_name(source: ProductSource) -> tuple[str, ...]:
    """What may be typed for the name, for the table of terms: runs of its words, whole parts first."""
    parts = name_parts(source)
    whole = [part for part in parts if 2 <= len(part) <= 12]
    return tuple(dict.fromkeys([*whole, *(term for part in parts for term in terms(part))]))


def _name(source: ProductSource, named: Sequence[str]) -> Iterator[str]:
    yield f"e:{names.plain(source.name)}"
    for part in named:
        yield from (f"n:{character}" for character in part)
        yield from (f"n:{pair}" for pair in pairs(part))
    for text in (source.name, source.brand or ""):
        yield from (f"w:{word}" for word in (*names.latin_words(text), *names.written_words(text)))


def _concepts(source: ProductSource, named: Sequence[str]) -> Iterator[str]:
    said = meaning(named, source.category_code)
    heads = said.heads
    if not heads and source.description:
        heads = meaning(names.hanzi_parts(source.description), source.category_code).heads
    for head in heads:
        yield from (f"h:{concept}" for concept in ancestors(head))
    for body in said.bodies:
        yield from (f"k:{concept}" for concept in ancestors(body))


def _sound(named: Sequence[str]) -> Iterator[str]:
    for part in named:
        read = pinyin.syllables(part)
        yield from (f"y:{left} {right}" for left, right in itertools.pairwise(read))
        letters = "".join(s[0] for s in read)
        yield from (f"i:{letters[at : at + 3]}" for at in range(len(letters) - 2))


def _facts(source: ProductSource) -> Iterator[str]:
    yield from (f"c:{source.category_code[:length]}" for length in LEVEL_LENGTHS)
    yield from (f"o:{code}" for code in area_codes(source.origin_area))
    yield f"p#{source.producer_id}"
    yield from (f"m:{mark}" for mark in source.marks)
    yield from (f"s:{scheme}" for scheme in source.schemes)
    yield from (f"b:{mode}" for mode in source.helped.modes)


def _producer(source: ProductSource) -> Iterator[str]:
    for part in names.hanzi_parts(source.producer_name):
        yield from (f"p:{pair}" for pair in pairs(part))
    yield from (f"w:{word}" for word in names.latin_words(source.producer_name))


def _words(source: ProductSource) -> Iterator[str]:
    """Pairs of characters of what is said besides the name: category (g), description and size (d)."""
    titles = [all_categories()[source.category_code[:length]].title_zh for length in LEVEL_LENGTHS]
    for title in titles:
        yield from _pairs("g", title)
    yield from _pairs("g", source.published_category or "")
    yield from _pairs("d", source.description or "")
    for spec in {source.spec, *(listing.spec for listing in source.listings)}:
        yield from _pairs("n", spec)


@lru_cache(maxsize=16_384)
def _pairs(prefix: str, text: str) -> tuple[str, ...]:
    """Pairs of characters of a text; sizes, categories and descriptions are those of many products."""
    return tuple(
        f"{prefix}:{pair}" for run in runs(normalise(text)) if run.kind == "hanzi" for pair in pairs(run.text)
    )


def _quantities(source: ProductSource) -> Iterator[str]:
    texts = {source.name, source.spec}
    texts.update(text for listing in source.listings for text in (listing.title, listing.spec))
    for text in texts:
        yield from (f"q:{token}" for token in quantities(normalise(text))[0])
    if source.net_weight_g:
        yield f"q:w{source.net_weight_g}"
