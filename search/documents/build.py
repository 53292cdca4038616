"""A product's document and its digest: the same rows give the same bytes, whoever builds it."""

from __future__ import annotations

import hashlib
from typing import Final

import orjson

from marketplace.core.privacy import public_sort_key
from search.analysis import names
from search.analysis.places import area_path
from search.documents.source import ProductSource
from search.documents.tokens import tokens_of
from search.engines.protocol import ProductDocument

LONGEST: Final = 99
_POPULARITY: Final = 9


def build(source: ProductSource) -> ProductDocument:
    """The document of a product that is on sale."""
    return ProductDocument(
        product_no=source.product_no,
        product_id=source.product_id,
        producer_id=source.producer_id,
        category_code=source.category_code,
        areas=area_path(source.origin_area),
        marks=source.marks,
        schemes=source.schemes,
        modes=source.helped.modes,
        households=public_sort_key(source.helped.households),
        sales_fen=source.sales_fen,
        popularity=popularity(source.sales_fen),
        length=min(len(names.plain(source.name)), LONGEST),
        tokens=tokens_of(source),
        listings=tuple(one.document for one in source.listings),
    )


def popularity(sales_fen: int) -> int:
    """0 below 100 yuan, then one more for every tenth of a power: 9 from 100 million yuan."""
    return min(_POPULARITY, len(str(sales_fen // 10_000))) if sales_fen >= 10_000 else 0


def digest_of(document: ProductDocument) -> str:
    """SHA-256 (hex) over the document's canonical JSON: what `flask search verify` compares."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
