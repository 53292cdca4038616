"""What is shown of a hit is read from PostgreSQL at that moment: price, stock, class, certificate. What is gone is left out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from marketplace.catalogue.models import Channel, Listing, StockItem
from marketplace.catalogue.rules.shown_class import class_on
from marketplace.catalogue.service.quotes import open_on
from marketplace.certification.service.active import certificates_active_for
from marketplace.core import divisions
from marketplace.core.clock import utcnow
from marketplace.producers.models import Producer, Product
from search.analysis import names
from search.documents.masking import masked
from search.documents.source import UNPUBLISHED
from search.engines.protocol import STRICT_POINTS, UNPRICED, Hit, ListingFilter
from search.service.marks import spans

_OF_LISTING: Final = (
    "id", "listing_no", "product_id", "producer_id", "origin_area", "title", "spec", "unit", "price_fen",
    "price_per_500g_fen", "goods_class", "goods_class_reason", "uncertified_class", "aid_until", "certificate_id",
    "channel_id", "channel_kind",
)  # fmt: skip


def show(
    session: Session,
    hits: Sequence[Hit],
    asked: ListingFilter,
    words: Sequence[str],
    day: date,
    scheme: str | None = None,
) -> list[dict[str, Any]]:
    """The hits that still are what they were found as, in order, each with its best listing as of now.

    A hit whose listing was taken down, whose product was withdrawn, or whose listing no longer satisfies the filter is left out;
    with `scheme` also one whose certificate of that scheme is in force no more.
    """
    if not hits:
        return []
    rows = _rows(session, [hit.listing_id for hit in hits], day)
    if scheme is not None:
        certified = certificates_active_for(session, [hit.product_id for hit in hits], utcnow())
        hits = [hit for hit in hits if any(one.scheme == scheme for one in certified[hit.product_id])]
    shown = []
    for hit in hits:
        row = rows.get(hit.listing_id)
        if row is not None and _satisfies(row, asked, day):
            shown.append(_item(hit, row, words, day))
    return shown


def _rows(session: Session, listing_ids: Sequence[uuid.UUID], day: date) -> dict[uuid.UUID, Any]:
    found = session.connection().execute(_statement(day), {"ids": list(listing_ids)})
    return {row.id: row for row in found}


@lru_cache(maxsize=2)
def _statement(day: date) -> Select[*tuple[Any, ...]]:
    """Built once a day, and columns, not entities: a page shows its rows and never changes them."""
    return (
        select(
            *(getattr(Listing, name) for name in _OF_LISTING),
            (StockItem.on_hand > StockItem.reserved).label("in_stock"),
            Channel.name.label("channel_name"),
            Channel.code.label("channel_code"),
            Product.name.label("product_name"),
            Product.product_no,
            Product.quality_marks,
            Product.description,
            Product.category_code.label("product_category"),
            Producer.name.label("producer_now"),
            Producer.published.label("producer_published"),
        )
        .join(StockItem, StockItem.id == Listing.stock_item_id)
        .join(Channel, Channel.id == Listing.channel_id)
        .join(Product, Product.id == Listing.product_id)
        .join(Producer, Producer.id == Listing.producer_id)
        .where(
            Listing.id == bindparam("ids", type_=ARRAY(Uuid())).any_(),
            Listing.state == "listed",
            Product.status == "active",
            open_on(day),
        )
    )


def _satisfies(row: Any, asked: ListingFilter, day: date) -> bool:
    price = row.price_per_500g_fen if row.price_per_500g_fen is not None else UNPRICED
    is_aid = class_on(row, day)[0] == "certified_aid"
    return (
        (asked.channel_id is None or row.channel_id == asked.channel_id)
        and (asked.channel_kind is None or row.channel_kind == asked.channel_kind)
        and (asked.is_aid is None or is_aid == asked.is_aid)
        and (asked.in_stock is None or bool(row.in_stock) == asked.in_stock)
        and (asked.price_per_500g_from_fen is None or asked.price_per_500g_from_fen <= price < UNPRICED)
        and (asked.price_per_500g_to_fen is None or price <= asked.price_per_500g_to_fen)
    )


def _item(hit: Hit, row: Any, words: Sequence[str], day: date) -> dict[str, Any]:
    goods_class, reason = class_on(row, day)
    producer = public_name(row.producer_now, row.producer_published)
    name, title = masked(row.product_name), masked(row.title)
    return {
        "product_id": row.product_id,
        "product_no": row.product_no,
        "name": name,
        "producer_id": row.producer_id,
        "producer_name": producer,
        "category_code": row.product_category,
        "origin_area": row.origin_area,
        "origin_name": divisions.full_name(row.origin_area),
        "quality_marks": row.quality_marks,
        "listing": {
            "id": row.id,
            "listing_no": row.listing_no,
            "title": title,
            "spec": masked(row.spec),
            "unit": row.unit,
            "price_fen": row.price_fen,
            "price_per_500g_fen": row.price_per_500g_fen,
            "goods_class": goods_class,
            "goods_class_reason": reason,
            "certificate_id": row.certificate_id if goods_class == "certified_aid" else None,
            "in_stock": bool(row.in_stock),
            "channel_id": row.channel_id,
            "channel_code": row.channel_code,
            "channel_kind": row.channel_kind,
            "channel_name": row.channel_name,
        },
        "match": "exact" if hit.score >= STRICT_POINTS else "related",
        "score": hit.score,
        "highlights": {
            name: found
            for name, text in (
                ("name", name),
                ("title", title),
                ("producer_name", producer if producer != UNPUBLISHED else ""),
                ("description", masked(row.description or "")),
            )
            if (found := spans(text, words))
        },
        "parts": names.hanzi_parts(name),
    }


def public_name(name: str, published: Mapping[str, Any] | None) -> str:
    """A producer's name as everybody may read it."""
    return UNPUBLISHED if (published or {}).get("name_unpublished") else masked(name)
