"""The index in Elasticsearch: what it is made of, and a document as it lies there.

Nothing is analysed there: tokens are made in Python, and every field is an exact value. `dynamic: strict` refuses what is not
named here. A product that is not on sale stays as a document without listings and tokens, so that a late writer with a lower
version cannot bring it back: Elasticsearch forgets the versions of deleted documents after a minute.
"""

from __future__ import annotations

from typing import Any, Final

from search.engines.facets import AREAS
from search.engines.protocol import UNPRICED, ListingDocument, ProductDocument, Versioned

REMOVED: Final = ""
"""Digest of a product that is not on sale."""
_EXACT: Final = {"type": "keyword"}
_NUMBER: Final = {"type": "long"}

MAPPINGS: Final[dict[str, Any]] = {
    "dynamic": "strict",
    "properties": {
        "product_no": _NUMBER,
        "product_id": _EXACT,
        "producer_id": _EXACT,
        "digest": _EXACT,
        # The category's code cut to each depth that facets count: two, four, six digits.
        "category_2": _EXACT,
        "category_4": _EXACT,
        "category_6": _EXACT,
        "province": _EXACT,
        "city": _EXACT,
        "county": _EXACT,
        "marks": _EXACT,
        "schemes": _EXACT,
        "modes": _EXACT,
        "households": _NUMBER,
        "sales_fen": _NUMBER,
        "popularity": _NUMBER,
        "length": _NUMBER,
        "newest_ms": _NUMBER,
        # Only looked up, never sorted or counted.
        "tokens": {"type": "keyword", "doc_values": False},
        "listings": {
            "type": "nested",
            "dynamic": "strict",
            "properties": {
                "listing_id": _EXACT,
                "channel_id": _EXACT,
                "channel_kind": _EXACT,
                "goods_class": _EXACT,
                "uncertified_class": _EXACT,
                "aid_until": {"type": "date", "format": "strict_date"},
                "price_fen": _NUMBER,
                "price_per_500g_fen": _NUMBER,
                "price_key": _NUMBER,  # see protocol.UNPRICED
                "in_stock": {"type": "boolean"},
                "listed_at_ms": _NUMBER,
            },
        },
    },
}


def settings(*, shards: int, replicas: int) -> dict[str, Any]:
    """Settings of a new index. It is refreshed every second even when nobody searches, or the first search would wait."""
    return {
        "number_of_shards": shards,
        "number_of_replicas": replicas,
        "refresh_interval": "1s",
        # An acknowledged write is on disk, on every copy that is in sync.
        "translog": {"durability": "request"},
    }


def source(one: Versioned) -> dict[str, Any]:
    """A document as it is written."""
    document = one.document
    if document is None:
        return {"product_no": one.product_no, "digest": REMOVED}
    category = document.category_code
    return {
        "product_no": document.product_no,
        "product_id": str(document.product_id),
        "producer_id": str(document.producer_id),
        "digest": one.digest,
        "category_2": category[:2],
        "category_4": category[:4],
        "category_6": category[:6],
        **dict(zip(AREAS, document.areas, strict=False)),
        "marks": document.marks,
        "schemes": document.schemes,
        "modes": document.modes,
        "households": document.households,
        "sales_fen": document.sales_fen,
        "popularity": document.popularity,
        "length": document.length,
        "newest_ms": _newest(document),
        "tokens": document.tokens,
        "listings": [_listing(listing) for listing in document.listings],
    }


def _newest(document: ProductDocument) -> int:
    return max(listing.listed_at_ms for listing in document.listings)


def _listing(listing: ListingDocument) -> dict[str, Any]:
    by_weight = listing.price_per_500g_fen
    return {
        "listing_id": str(listing.listing_id),
        "channel_id": str(listing.channel_id),
        "channel_kind": listing.channel_kind,
        "goods_class": listing.goods_class,
        "uncertified_class": listing.uncertified_class,
        "aid_until": listing.aid_until.isoformat() if listing.aid_until else None,
        "price_fen": listing.price_fen,
        "price_per_500g_fen": by_weight,
        "price_key": by_weight if by_weight is not None else UNPRICED + listing.price_fen,
        "in_stock": listing.in_stock,
        "listed_at_ms": listing.listed_at_ms,
    }
