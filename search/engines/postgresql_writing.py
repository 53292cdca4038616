"""Writing the index in PostgreSQL: whole batches, in order of number, never an older version over a newer one.

A removed product stays as a row without tokens and digest, so that a late writer with an older version cannot bring it back. One
that was never on sale gets such a row, too: its first document may be the late one.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, Text, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.core.db import table_of, transaction
from search.engines.protocol import ProductDocument, Versioned
from search.models import Document, DocumentListing

_LEVELS: Final = 3


def write(documents: Sequence[Versioned]) -> None:
    """Put or remove the documents; what is there in a higher version stays."""
    ordered = sorted(documents, key=lambda one: one.product_no)
    kept = [one for one in ordered if one.document is not None]
    removed = [one for one in ordered if one.document is None]
    with transaction() as session:
        taken: set[int] = set()
        if kept:
            statement = insert(Document).values(
                {name: bindparam(name) for name in _columns() if name != "tokens"}
                | {"tokens": func.array_to_tsvector(bindparam("tokens", type_=ARRAY(Text)))}
            )
            new = statement.excluded
            statement = statement.on_conflict_do_update(
                index_elements=["product_no"],
                set_={name: new[name] for name in _columns() if name != "product_no"},
                where=Document.version <= new.version,
            )
            session.execute(statement, [_row(one.document, one) for one in kept if one.document is not None])
        if removed:
            gone = insert(table_of(Document))
            gone = gone.on_conflict_do_update(
                index_elements=["product_no"],
                set_={name: gone.excluded[name] for name in ("version", "digest", "tokens")},
                where=Document.version <= gone.excluded.version,
            )
            session.execute(gone, [_gone(one) for one in removed])
        numbers = [one.product_no for one in ordered]
        versions = {one.product_no: one.version for one in ordered}
        rows = session.execute(
            select(Document.product_no, Document.version).where(Document.product_no.in_(numbers))
        )
        taken = {row.product_no for row in rows if row.version == versions[row.product_no]}
        session.execute(delete(DocumentListing).where(DocumentListing.product_no.in_(sorted(taken))))
        listings = [
            dataclasses.asdict(listing) | {"product_no": one.product_no}
            for one in kept
            if one.product_no in taken and one.document is not None
            for listing in one.document.listings
        ]
        if listings:
            session.execute(insert(table_of(DocumentListing)), listings)


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
        **{name: [] for name in ("marks", "schemes", "modes")},
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


def _columns() -> list[str]:
    return [column.name for column in table_of(Document).columns]


def _row(document: ProductDocument, one: Versioned) -> dict[str, Any]:
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
        "marks": list(document.marks),
        "schemes": list(document.schemes),
        "modes": list(document.modes),
        "households": document.households,
        "sales_fen": document.sales_fen,
        "popularity": document.popularity,
        "length": document.length,
        "newest_ms": max(listing.listed_at_ms for listing in document.listings),
        "tokens": list(document.tokens),
    }
