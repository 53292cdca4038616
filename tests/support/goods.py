"""Made-up documents and questions for engines, and what must be answered, reckoned in plain Python."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from search.engines.protocol import (
    FACETS,
    PRICE_BANDS,
    SORTS,
    STRICT_POINTS,
    UNPRICED,
    AllOf,
    Expression,
    FacetAsk,
    ListingDocument,
    ListingFilter,
    ProductDocument,
    Question,
    Token,
    Versioned,
    all_of,
    any_of,
)

TODAY = date(2026, 11, 25)
WORDS = tuple(f"w:{word}" for word in ("蜜柚", "金柚", "米", "茶", "鸡", "红薯", "it's", "a|b & !c", "\\"))
CHANNELS = tuple(uuid.UUID(int=n) for n in range(1, 5))
AREAS = (("440000", "441400", "441403"), ("440000", "441400", "441424"), ("440000", "445200"), ("520000",))


def documents(seed: int, count: int) -> list[ProductDocument]:
    """`count` documents; the same for the same seed."""
    chance = random.Random(seed)
    return [_document(chance, number) for number in range(1, count + 1)]


def _document(chance: random.Random, number: int) -> ProductDocument:
    areas = chance.choice(AREAS)
    category = chance.choice(("010101", "010102", "010203", "020101"))
    mark = chance.sample(("gi", "green", "organic"), chance.randint(0, 2))
    producer = uuid.UUID(int=chance.randint(1, 6))
    words = {*chance.sample(WORDS, chance.randint(1, 5))}
    words |= {f"o:{code}" for code in areas} | {f"m:{one}" for one in mark}
    words |= {f"c:{category[:n]}" for n in (2, 4, 6)} | {f"p#{producer}"}
    return ProductDocument(
        product_no=number,
        product_id=uuid.UUID(int=10_000 + number),
        producer_id=producer,
        category_code=category,
        areas=areas,
        marks=tuple(sorted(mark)),
        schemes=tuple(chance.sample(("bay_area", "county"), chance.randint(0, 1))),
        modes=tuple(chance.sample(("order", "wage"), chance.randint(0, 2))),
        households=chance.choice((0, 3, 40)),
        sales_fen=chance.choice((0, 100, 5_000_000_000)),
        popularity=chance.randint(0, 3),
        length=chance.randint(2, 4),
        tokens=tuple(sorted(words)),
        listings=tuple(_listing(chance, number, place) for place in range(chance.randint(1, 4))),
    )


def _listing(chance: random.Random, number: int, place: int) -> ListingDocument:
    goods_class = chance.choice(("certified_aid", "area_produce", "ordinary"))
    ends = TODAY + timedelta(days=chance.choice((-1, 0, 300)))
    return ListingDocument(
        listing_id=uuid.UUID(int=number * 100 + place),
        channel_id=chance.choice(CHANNELS),
        channel_kind=chance.choice(("online_mall", "hall", "counter")),
        goods_class=goods_class,
        uncertified_class=chance.choice(("area_produce", "ordinary")),
        aid_until=ends if goods_class == "certified_aid" else None,
        price_fen=chance.choice((990, 1_990, 12_000)),
        price_per_500g_fen=chance.choice((None, 499, 500, 1_999, 2_000, 20_000)),
        in_stock=chance.random() < 0.6,
        listed_at_ms=1_700_000_000_000 + chance.randint(0, 5),
    )


def versioned(document: ProductDocument, version: int = 1) -> Versioned:
    """The document as it is written; its digest says number and version."""
    return Versioned(document.product_no, version, f"{document.product_no}.{version}", document)


def question(seed: int) -> Question:
    """A question of any kind; the same for the same seed."""
    chance = random.Random(seed)

    def words(least: int, most: int) -> list[Expression]:
        return [Token(word) for word in chance.sample(WORDS, chance.randint(least, most))]

    strict: Expression | None = None
    if chance.random() < 0.8:
        strict = chance.choice((any_of, all_of))([*words(1, 2), any_of(words(1, 3))])
    filters: dict[str, Expression] = {}
    if chance.random() < 0.3:
        filters["origin"] = Token(f"o:{chance.choice(('440000', '441400', '520000'))}")
    if chance.random() < 0.3:
        filters["mark"] = Token("m:gi")
    if chance.random() < 0.2:
        filters["query0"] = any_of(words(1, 4))
    low = chance.choice((None, None, 499, 500))
    return Question(
        strict=strict,
        related=any_of(words(1, 2)) if strict is not None and chance.random() < 0.5 else None,
        filters=filters,
        points=tuple((expression, chance.randint(1, 40)) for expression in words(0, 5)),
        listing=ListingFilter(
            channel_id=chance.choice((None, None, None, CHANNELS[0])),
            channel_kind=chance.choice((None, None, "hall")),
            is_aid=chance.choice((None, None, True, False)),
            price_per_500g_from_fen=low,
            price_per_500g_to_fen=chance.choice((None, 2_000)) if low else None,
            in_stock=chance.choice((None, None, True)),
        ),
        today=TODAY,
        sort=chance.choice(("relevance", "relevance", *SORTS)),
        size=chance.choice((1, 7, 24)),
        facets=tuple(
            FacetAsk(name, 4 if name == "category" else 1 if name == "origin" else 0) for name in FACETS
        ),
    )


def holds(expression: Expression, document: ProductDocument) -> bool:
    """Whether a document satisfies an expression."""
    if isinstance(expression, Token):
        return expression.text in document.tokens
    return (all if isinstance(expression, AllOf) else any)(holds(part, document) for part in expression.parts)


def is_aid(listing: ListingDocument) -> bool:
    """Whether a listing is aid on TODAY."""
    return (
        listing.goods_class == "certified_aid"
        and listing.aid_until is not None
        and listing.aid_until >= TODAY
    )


def price_key(listing: ListingDocument) -> int:
    """What listings are ordered by."""
    return UNPRICED + listing.price_fen if listing.price_per_500g_fen is None else listing.price_per_500g_fen


def matching(document: ProductDocument, asked: ListingFilter, without: str = "") -> list[ListingDocument]:
    """Listings that satisfy everything asked, less what belongs to one facet."""
    weight = (
        [asked.price_per_500g_from_fen, asked.price_per_500g_to_fen] if without != "price" else [None, None]
    )
    return [
        one
        for one in document.listings
        if (asked.channel_id in (None, one.channel_id) or without == "channel")
        and (asked.channel_kind in (None, one.channel_kind) or without == "channel_kind")
        and (asked.is_aid in (None, is_aid(one)) or without == "goods_class")
        and (asked.in_stock in (None, one.in_stock) or without == "stock")
        and (
            weight[0] is None or (one.price_per_500g_fen is not None and one.price_per_500g_fen >= weight[0])
        )
        and (
            weight[1] is None or (one.price_per_500g_fen is not None and one.price_per_500g_fen <= weight[1])
        )
    ]


def expected(all_documents: Sequence[ProductDocument], asked: Question) -> dict[str, Any]:
    """Everything a question is answered with, over all pages: ``hits`` as (number, listing, score), totals, facets."""

    def listed(without: str = "") -> list[ProductDocument]:
        return [
            one
            for one in all_documents
            if matching(one, asked.listing, without)
            and all(holds(part, one) for name, part in asked.filters.items() if name != without)
            and (
                asked.strict is None
                or holds(asked.strict, one)
                or (asked.related is not None and asked.sort == "relevance" and holds(asked.related, one))
            )
        ]

    found = listed()
    scores = {
        one.product_no: sum(
            points for part, points in asked.points if holds(part, one) and asked.sort == "relevance"
        )
        + (STRICT_POINTS if asked.strict is None or holds(asked.strict, one) else 0)
        for one in found
    }
    strict_total = sum(score >= STRICT_POINTS for score in scores.values())
    if not strict_total:
        return {"hits": [], "total": 0, "strict_total": 0, "facets": {ask.name: () for ask in asked.facets}}
    order: dict[str, Callable[[ProductDocument], tuple[int, ...]]] = {
        "relevance": lambda one: (-scores[one.product_no], -one.popularity, one.length),
        "sales": lambda one: (-one.sales_fen,),
        "price": lambda one: (min(map(price_key, matching(one, asked.listing))),),
        "-price": lambda one: (-min(map(price_key, matching(one, asked.listing))),),
        "newest": lambda one: (-max(listing.listed_at_ms for listing in one.listings),),
        "households": lambda one: (-one.households,),
    }
    found.sort(key=lambda one: (*order[asked.sort](one), one.product_no))
    return {
        "hits": [
            (one.product_no, _best(matching(one, asked.listing), asked.sort), scores[one.product_no])
            for one in found
        ],
        "total": len(found),
        "strict_total": strict_total,
        "facets": {ask.name: _facet(ask, listed(ask.name), asked) for ask in asked.facets},
    }


def _best(listings: Sequence[ListingDocument], sort: str) -> uuid.UUID:
    if sort in ("price", "-price"):
        return min(listings, key=lambda one: (price_key(one), one.listing_id)).listing_id
    return min(
        listings, key=lambda one: (not one.in_stock, not is_aid(one), price_key(one), one.listing_id)
    ).listing_id


def _facet(ask: FacetAsk, found: Sequence[ProductDocument], asked: Question) -> tuple[tuple[str, int], ...]:
    counted = Counter(value for one in found for value in _values(ask, one, asked))
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[: ask.size])


def _values(ask: FacetAsk, one: ProductDocument, asked: Question) -> set[str]:
    of_document: dict[str, Sequence[str]] = {
        "category": [one.category_code[: ask.depth]],
        "origin": one.areas[ask.depth : ask.depth + 1],
        "mark": one.marks,
        "scheme": one.schemes,
        "mode": one.modes,
        "producer": [str(one.producer_id)],
    }
    if ask.name in of_document:
        return set(of_document[ask.name])
    of_listing: dict[str, Callable[[ListingDocument], str | None]] = {
        "channel_kind": lambda listing: listing.channel_kind,
        "channel": lambda listing: str(listing.channel_id),
        "goods_class": lambda listing: (
            listing.uncertified_class
            if listing.goods_class == "certified_aid" and not is_aid(listing)
            else listing.goods_class
        ),
        "stock": lambda listing: "yes" if listing.in_stock else "no",
        "price": lambda listing: _band(listing.price_per_500g_fen),
    }
    found = {of_listing[ask.name](listing) for listing in matching(one, asked.listing, ask.name)}
    return {value for value in found if value is not None}


def _band(price: int | None) -> str | None:
    for low, high in PRICE_BANDS:
        if price is not None and price >= low and (high is None or price < high):
            return f"{low}-{'' if high is None else high}"
    return None
