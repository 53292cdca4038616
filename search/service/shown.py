"""What is shown of a hit is read from PostgreSQL at that moment: price, stock, class, certificate. What is gone is left out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
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
    statement = (
        select(
            Listing,
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
    return {row.Listing.id: row for row in session.execute(statement, {"ids": list(listing_ids)})}


def _satisfies(row: Any, asked: ListingFilter, day: date) -> bool:
    listing: Listing = row.Listing
    price = listing.price_per_500g_fen if listing.price_per_500g_fen is not None else UNPRICED
    is_aid = class_on(listing, day)[0] == "certified_aid"
    return (
        (asked.channel_id is None or listing.channel_id == asked.channel_id)
        and (asked.channel_kind is None or listing.channel_kind == asked.channel_kind)
        and (asked.is_aid is None or is_aid == asked.is_aid)
        and (asked.in_stock is None or bool(row.in_stock) == asked.in_stock)
        and (asked.price_per_500g_from_fen is None or asked.price_per_500g_from_fen <= price < UNPRICED)
        and (asked.price_per_500g_to_fen is None or price <= asked.price_per_500g_to_fen)
    )


def _item(hit: Hit, row: Any, words: Sequence[str], day: date) -> dict[str, Any]:
    listing: Listing = row.Listing
    goods_class, reason = class_on(listing, day)
    producer = public_name(row.producer_now, row.producer_published)
    name, title = masked(row.product_name), masked(listing.title)
    return {
        "product_id": listing.product_id,
        "product_no": row.product_no,
        "name": name,
        "producer_id": listing.producer_id,
        "producer_name": producer,
        "category_code": row.product_category,
        "origin_area": listing.origin_area,
        "origin_name": divisions.full_name(listing.origin_area),
        "quality_marks": row.quality_marks,
        "listing": {
            "id": listing.id,
            "listing_no": listing.listing_no,
            "title": title,
            "spec": masked(listing.spec),
            "unit": listing.unit,
            "price_fen": listing.price_fen,
            "price_per_500g_fen": listing.price_per_500g_fen,
            "goods_class": goods_class,
            "goods_class_reason": reason,
            "certificate_id": listing.certificate_id if goods_class == "certified_aid" else None,
            "in_stock": bool(row.in_stock),
            "channel_id": listing.channel_id,
            "channel_code": row.channel_code,
            "channel_kind": listing.channel_kind,
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
