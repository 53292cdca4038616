"""What is known of products, read from PostgreSQL in a handful of statements for any number of them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.beneficiaries.service.active import Helped, households_behind
from marketplace.catalogue.models import Channel, Listing, StockItem
from marketplace.catalogue.service.quotes import open_on
from marketplace.certification.service.active import certificates_active_for
from marketplace.core.clock import today, utcnow
from marketplace.producers.models import Producer, Product
from search.documents.masking import without_numbers
from search.engines.protocol import ListingDocument

UNPUBLISHED: Final = "未公布"
"""What stands where a name or a size was not published: nothing to find a product by."""


@dataclass(frozen=True, slots=True)
class ListingSource:
    """A listing that can be bought today: what an engine keeps of it, and its words."""

    document: ListingDocument
    title: str
    spec: str


@dataclass(frozen=True, slots=True)
class ProductSource:
    """A product with everything that a search may find it by. Nothing of a person is read here, and no long number."""

    product_no: int
    product_id: uuid.UUID
    producer_id: uuid.UUID
    name: str
    brand: str | None
    spec: str
    description: str | None
    category_code: str
    published_category: str | None  # as it was published, where that was another word
    origin_area: str
    marks: tuple[str, ...]
    producer_name: str  # "" for one that was not published
    net_weight_g: int | None
    schemes: tuple[str, ...]
    helped: Helped
    sales_fen: int
    listings: tuple[ListingSource, ...]


def read_sources(session: Session, product_ids: Collection[uuid.UUID]) -> list[ProductSource]:
    """The products that are on sale today, in order of number; what is withdrawn or nowhere listed is left out."""
    wanted = sorted(set(product_ids))
    listings = _listings(session, wanted)
    on_sale = [product_id for product_id in wanted if product_id in listings]
    if not on_sale:
        return []
    certificates = certificates_active_for(session, on_sale, utcnow())
    helped = households_behind(session, on_sale, today())
    sales = _sales(session, on_sale)
    rows = session.execute(
        select(Product, Producer.name, Producer.published)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.id.in_(on_sale), Product.status == "active")
        .order_by(Product.product_no)
    ).all()
    return [
        _source(
            product,
            "" if (published or {}).get("name_unpublished") else without_numbers(producer_name),
            tuple(sorted({c.scheme for c in certificates[product.id]})),
            helped.get(product.id, Helped((), 0)),
            sales.get(product.id, 0),
            listings[product.id],
        )
        for product, producer_name, published in rows
    ]


def _source(
    product: Product,
    producer_name: str,
    schemes: tuple[str, ...],
    helped: Helped,
    sales_fen: int,
    listings: Sequence[ListingSource],
) -> ProductSource:
    category: Any = product.published.get("category")
    return ProductSource(
        product_no=product.product_no,
        product_id=product.id,
        producer_id=product.producer_id,
        name=without_numbers(product.name),
        brand=_free(product.brand),
        spec=_said(product.spec),
        description=_free(product.description),
        category_code=product.category_code,
        published_category=without_numbers(category) if isinstance(category, str) else None,
        origin_area=product.origin_area,
        marks=tuple(sorted(product.quality_marks)),
        producer_name=producer_name,
        net_weight_g=product.net_weight_g,
        schemes=schemes,
        helped=helped,
        sales_fen=sales_fen,
        listings=tuple(listings),
    )


def _said(spec: str) -> str:
    return "" if spec.startswith(UNPUBLISHED) else without_numbers(spec)


def _free(text: str | None) -> str | None:
    return None if text is None else without_numbers(text)


def _listings(session: Session, product_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[ListingSource]]:
    rows = session.execute(
        select(
            Listing.product_id,
            Listing.id,
            Listing.title,
            Listing.spec,
            Listing.channel_id,
            Listing.channel_kind,
            Listing.goods_class,
            Listing.uncertified_class,
            Listing.aid_until,
            Listing.price_fen,
            Listing.price_per_500g_fen,
            (StockItem.on_hand > StockItem.reserved).label("in_stock"),
            Listing.listed_at,
        )
        .join(StockItem, StockItem.id == Listing.stock_item_id)
        .join(Channel, Channel.id == Listing.channel_id)
        .where(Listing.product_id.in_(product_ids), Listing.state == "listed", open_on(today()))
        .order_by(Listing.id)
    )
    found: defaultdict[uuid.UUID, list[ListingSource]] = defaultdict(list)
    for row in rows:
        found[row.product_id].append(
            ListingSource(
                ListingDocument(
                    listing_id=row.id,
                    channel_id=row.channel_id,
                    channel_kind=row.channel_kind,
                    goods_class=row.goods_class,
                    uncertified_class=row.uncertified_class,
                    aid_until=row.aid_until,
                    price_fen=row.price_fen,
                    price_per_500g_fen=row.price_per_500g_fen,
                    in_stock=row.in_stock,
                    listed_at_ms=int(row.listed_at.timestamp() * 1000),
                ),
                without_numbers(row.title),
                _said(row.spec),
            )
        )
    return found


def _sales(session: Session, product_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Counted sales less refunds, fen."""
    rows = session.execute(
        select(Entry.product_id, func.sum(Entry.sale_fen))
        .where(Entry.product_id.in_(product_ids))
        .group_by(Entry.product_id)
    )
    return {product_id: int(total) for product_id, total in rows}
