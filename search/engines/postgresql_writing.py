"""Writing the index in PostgreSQL: whole batches, in order of number, never an older version over a newer one.

A removed product stays as a row without tokens and digest, so that a late writer with an older version cannot bring it back. One
that was never on sale gets such a row, too: its first document may be the late one.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from marketplace.core.db import table_of, transaction
from search.engines.postgresql_facets import price_band
from search.engines.protocol import ListingDocument, ProductDocument, Versioned
from search.models import Document, DocumentListing

_LEVELS: Final = 3
_SEPARATOR: Final = "\x1f"  # in no token: normalised text has no control characters
_LISTS: Final = ("marks", "schemes", "modes", "channel_kinds", "classes", "price_bands", "stocks", "tokens")
_TYPES: Final = {
    "product_no": "bigint", "product_id": "uuid", "producer_id": "uuid", "version": "bigint", "digest": "text",
    "category_code": "text", "province": "text", "city": "text", "county": "text", "marks": "text", "schemes": "text",
    "modes": "text", "channel_kinds": "text", "classes": "text", "classes_until": "date", "price_bands": "text",
    "stocks": "text", "households": "bigint", "sales_fen": "bigint", "popularity": "smallint", "length": "smallint",
    "newest_ms": "bigint", "tokens": "text",
}  # fmt: skip
_LISTING_TYPES: Final = {
    "product_no": "bigint", "listing_id": "uuid", "channel_id": "uuid", "channel_kind": "text", "goods_class": "text",
    "uncertified_class": "text", "aid_until": "date", "price_fen": "bigint", "price_per_500g_fen": "bigint",
    "in_stock": "boolean", "listed_at_ms": "bigint",
}  # fmt: skip


def _told(types: Mapping[str, str]) -> str:
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in types.items())
    return f"unnest({arrays}) AS told ({', '.join(types)})"


def _value(name: str) -> str:
    split = f"string_to_array(told.{name}, '{_SEPARATOR}')"
    return f"array_to_tsvector({split})" if name == "tokens" else split if name in _LISTS else f"told.{name}"


_PUT: Final = sql(
    f"INSERT INTO search.document AS d ({', '.join(_TYPES)})"
    f" SELECT {', '.join(map(_value, _TYPES))} FROM {_told(_TYPES)}"
    f" ON CONFLICT (product_no) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in _TYPES if n != 'product_no')}"
    " WHERE d.version <= excluded.version"
)
_PUT_LISTINGS: Final = sql(
    f"INSERT INTO search.document_listing ({', '.join(_LISTING_TYPES)})"
    f" SELECT {', '.join(f'told.{name}' for name in _LISTING_TYPES)} FROM {_told(_LISTING_TYPES)}"
)


def write(documents: Sequence[Versioned]) -> None:
    """Put or remove the documents; what is there in a higher version stays."""
    ordered = sorted(documents, key=lambda one: one.product_no)
    kept = [one for one in ordered if one.document is not None]
    removed = [one for one in ordered if one.document is None]
    with transaction() as session:
        if kept:
            session.execute(_PUT, _document_arrays(kept))
        if removed:
            gone = insert(table_of(Document))
            gone = gone.on_conflict_do_update(
                index_elements=["product_no"],
                set_={name: gone.excluded[name] for name in ("version", "digest", "tokens")},
                where=Document.version <= gone.excluded.version,
            )
            session.execute(gone, [_gone(one) for one in removed])
        versions = {one.product_no: one.version for one in ordered}
        rows = session.execute(
            select(Document.product_no, Document.version).where(Document.product_no.in_(list(versions)))
        )
        taken = {row.product_no for row in rows if row.version == versions[row.product_no]}
        session.execute(delete(DocumentListing).where(DocumentListing.product_no.in_(sorted(taken))))
        listings = [
            (one.product_no, listing)
            for one in kept
            if one.product_no in taken and one.document is not None
            for listing in one.document.listings
        ]
        if listings:
            session.execute(_PUT_LISTINGS, _listing_arrays(listings))


def _gone(one: Versioned) -> dict[str, Any]:
    """A row that only keeps a version. Its ids stand for nothing: a product's id is known when it is put."""
    return {
        "product_no": one.product_no,
        "product_id": uuid.UUID(int=one.product_no),
        "producer_id": uuid.UUID(int=0),
        "version": one.version,
        "digest": "",
        "category_code": "",
        **dict.fromkeys(("province", "city", "county"), ""),
        **{name: [] for name in _LISTS if name != "tokens"},
        "classes_until": None,
        **dict.fromkeys(("households", "sales_fen", "popularity", "length", "newest_ms"), 0),
        "tokens": "",
    }


def stored(after: int, limit: int) -> Sequence[tuple[int, str]]:
    """(product_no, digest) of what is kept, in order of number."""
    with transaction() as session:
        rows = session.execute(
            select(Document.product_no, Document.digest)
            .where(Document.product_no > after, Document.digest != "")
            .order_by(Document.product_no)
            .limit(limit)
        )
        return [(row.product_no, row.digest) for row in rows]


def _document_arrays(kept: Sequence[Versioned]) -> dict[str, list[Any]]:
    """One array a column: a statement with a parameter a cell spends most of its time in counting parameters."""
    rows = [_row(one.document, one) for one in kept if one.document is not None]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _row(document: ProductDocument, one: Versioned) -> dict[str, Any]:
    listings = document.listings
    areas = (*document.areas, *[""] * _LEVELS)[:_LEVELS]
    return {
        "product_no": document.product_no,
        "product_id": document.product_id,
        "producer_id": document.producer_id,
        "version": one.version,
        "digest": one.digest,
        "category_code": document.category_code,
        "province": areas[0],
        "city": areas[1],
        "county": areas[2],
        "marks": _SEPARATOR.join(document.marks),
        "schemes": _SEPARATOR.join(document.schemes),
        "modes": _SEPARATOR.join(document.modes),
        "channel_kinds": _joined(one.channel_kind for one in listings),
        "classes": _joined(one.goods_class for one in listings),
        "classes_until": min((one.aid_until for one in listings if one.aid_until), default=None),
        "price_bands": _joined(price_band(one.price_per_500g_fen) for one in listings),
        "stocks": _joined("yes" if one.in_stock else "no" for one in listings),
        "households": document.households,
        "sales_fen": document.sales_fen,
        "popularity": document.popularity,
        "length": document.length,
        "newest_ms": max(listing.listed_at_ms for listing in listings),
        "tokens": _SEPARATOR.join(document.tokens),
    }


def _joined(values: Iterable[str | None]) -> str:
    """Different values as one text, in order."""
    return _SEPARATOR.join(sorted({value for value in values if value is not None}))


def _listing_arrays(listings: Sequence[tuple[int, ListingDocument]]) -> dict[str, list[Any]]:
    names = [field.name for field in dataclasses.fields(ListingDocument)]
    return {"product_no": [number for number, _ in listings]} | {
        name: [getattr(listing, name) for _, listing in listings] for name in names
    }
