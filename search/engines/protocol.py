"""What an engine is asked and what it answers. Both engines give the same hits, in the same order, for the same documents.

All language lies in the tokens of a document (`search.documents.tokens`): an engine only knows which tokens a document has. A
question is a boolean expression over tokens, and its relevance is a sum of whole numbers: every `(expression, points)` that a
document satisfies gives its points. So nothing of the order depends on an engine's own statistics, and it can be explained.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

STRICT_POINTS: Final = 1_000
"""Added to the relevance of what answers the question itself; what is only related to it stays below."""


@dataclass(frozen=True, slots=True)
class Token:
    """The document has this token."""

    text: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds. Without parts: always."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds. Without parts: never."""

    parts: tuple[Expression, ...]


Expression = Token | AllOf | AnyOf


def all_of(parts: Iterable[Expression]) -> Expression:
    """Every part; one part is itself."""
    found = tuple(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else AllOf(found)


def any_of(parts: Iterable[Expression]) -> Expression:
    """Any part; one part is itself."""
    found = tuple(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else AnyOf(found)


NEVER: Final = AnyOf(())


def simplify(expression: Expression | None) -> Expression | None:
    """The same expression without parts that never or always hold; None when it always holds."""
    if expression is None or isinstance(expression, Token):
        return expression
    parts: Sequence[Expression | None] = [simplify(part) for part in expression.parts]
    if isinstance(expression, AllOf):
        kept = [part for part in parts if part is not None]
        if NEVER in kept:
            return NEVER
        return all_of(kept) if kept else None
    if any(part is None for part in parts):
        return None
    kept = [part for part in parts if part is not None and part != NEVER]
    return any_of(kept) if kept else NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDocument:
    """One listing of a product, as the index knows it. Prices are fen; `aid_until` is the certificate's last Shanghai day.

    From the day after, it is what `uncertified_class` says, however late the index is: every engine goes by dates.
    """

    listing_id: uuid.UUID
    channel_id: uuid.UUID
    channel_kind: str
    goods_class: str
    uncertified_class: str
    aid_until: date | None
    price_fen: int
    price_per_500g_fen: int | None
    in_stock: bool
    listed_at_ms: int  # milliseconds since 1970, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDocument:
    """One product with its listings: everything an engine may know. No personal data can get in: there is no field for it."""

    product_no: int  # the engine's key, unique
    product_id: uuid.UUID
    producer_id: uuid.UUID
    category_code: str  # six digits
    areas: tuple[str, ...]  # codes of origin from the province down: ("440000", "441400", "441403")
    marks: tuple[str, ...]  # quality marks
    schemes: tuple[str, ...]  # certificate schemes in force
    modes: tuple[str, ...]  # linkage modes in force
    households: int  # distinct households behind it; under 3 it is 0 (nothing published below that)
    sales_fen: int  # counted sales less refunds
    popularity: int  # 0 … 9, by sales
    length: int  # characters of the name: of equal matches the shorter name comes first
    tokens: tuple[str, ...]  # sorted, unique
    listings: tuple[ListingDocument, ...]  # in order of id; never empty: what is not listed has no document


@dataclass(frozen=True, slots=True)
class Versioned:
    """A document as it is written: None removes it. A write with a lower version than what is there changes nothing."""

    product_no: int
    version: int
    digest: str  # hex SHA-256 of the document, "" for a removal
    document: ProductDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFilter:
    """What one and the same listing must satisfy. None asks nothing. Prices are fen per 500 g, both ends inclusive."""

    channel_id: uuid.UUID | None = None
    channel_kind: str | None = None
    is_aid: bool | None = None  # certified_aid with a certificate in force on `Question.today`, or not
    price_per_500g_from_fen: int | None = None
    price_per_500g_to_fen: int | None = None
    in_stock: bool | None = None


FACETS: Final = (
    "category",  # next level below the category chosen: codes of 2, 4 or 6 digits
    "origin",  # next level below the origin chosen: province, city, county codes
    "channel_kind",
    "channel",
    "goods_class",  # of the listing on `today`: certified_aid, area_produce, ordinary
    "mark",
    "scheme",
    "mode",
    "producer",
    "price",  # PRICE_BANDS of the price per 500 g
    "stock",  # "yes" | "no"
)
PRICE_BANDS: Final = ((0, 500), (500, 1_000), (1_000, 2_000), (2_000, 5_000), (5_000, 10_000), (10_000, None))
"""Fen per 500 g, from inclusive, to exclusive; the value of a band is "0-500", "10000-". Unpriced by weight: no band."""

SORTS: Final = ("relevance", "sales", "price", "-price", "newest", "households")
"""price: the lowest of the matching listings, per 500 g where known (unknown last, then by the price of a unit).

Keys, in this order, as `Hit.key` gives them: relevance (score ↓, popularity ↓, length ↑), sales (sales_fen ↓), price and
-price (`price_key` of the cheapest matching listing ↑ or ↓), newest (the newest listing's listed_at_ms ↓), households (↓);
then product_no ↑.
Sorts other than relevance list only what answers the question itself, nothing that is merely related.
"""
UNPRICED: Final = 10**15
"""`price_key` of a listing: its fen per 500 g; without a weight this much and its fen per unit."""


@dataclass(frozen=True, slots=True)
class FacetAsk:
    """A facet wanted. `depth` of category: 2, 4 or 6 digits; of origin: 0 province, 1 city, 2 county. At most `size` values."""

    name: str
    depth: int = 0
    size: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an engine answers."""

    strict: Expression | None = None  # what answers the question; None: everything
    related: Expression | None = None  # what may stand below it; only where `strict` has hits is it asked
    filters: Mapping[str, Expression] = field(default_factory=dict)  # by facet name or "": all must hold
    points: Sequence[tuple[Expression, int]] = ()  # relevance
    listing: ListingFilter = field(default_factory=ListingFilter)
    today: date
    sort: str = "relevance"
    size: int = 24
    after: tuple[Any, ...] | None = None  # `Hit.key` of the last hit of the page before
    facets: Sequence[FacetAsk] = ()  # counts of a facet leave out the filter of its own name


@dataclass(frozen=True, slots=True)
class Hit:
    """A product with its best matching listing.

    In stock first, then aid as of `today`, then the lowest `price_key`, then the lowest id; sorted by price: the lowest alone.
    """

    product_no: int
    product_id: uuid.UUID
    listing_id: uuid.UUID
    score: int  # STRICT_POINTS and more: answers the question; below: related
    key: tuple[Any, ...]  # sort key, unique; JSON values


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits, how many there are in all (products), how many of them answer the question itself, and the facets."""

    hits: Sequence[Hit]
    total: int
    strict_total: int
    facets: Mapping[str, Sequence[tuple[str, int]]]
    took_ms: float


class EngineUnavailable(Exception):
    """The engine cannot answer now, or could only in part. The service then answers from PostgreSQL, and says so."""


class Engine(Protocol):
    """A place that keeps documents and answers questions."""

    code: str

    def ask(self, question: Question) -> Answer:
        """Hits of one page. Order: the sort's own key, then popularity and the shorter name (relevance only), then product_no.

        EngineUnavailable when it cannot, or when a shard did not answer.
        """

    def write(self, documents: Sequence[Versioned]) -> Sequence[int]:
        """Put or remove documents in every live index; give the product numbers that failed for good (poison).

        EngineUnavailable when nothing is known to have been written: the caller tries again.
        """

    def stored(self, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """(product_no, digest) of what is kept, in order of number, beyond `after`: for `flask search verify`."""

    def built_with(self) -> str | None:
        """The fingerprint that the index that answers was last built with; None when that is not known. EngineUnavailable."""

    def begin_rebuild(self) -> None:
        """Start a new index beside the one that answers, after removing what a crash left. From now on `write` goes to both.

        An engine that replaces documents where they stand does nothing.
        """

    def finish_rebuild(self) -> None:
        """Let the new index answer instead of the old one, in one step, and remove the old one."""
