"""What a checkout asks about its listings, in two statements for any number of lines: everything that an order line freezes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import Channel, Listing, Offer
from marketplace.catalogue.rules.eligibility import GoodsFacts, Verdict, classify
from marketplace.catalogue.service.certificates import certificates_of
from marketplace.core.clock import day_of
from marketplace.core.errors import Conflict, Invalid, PriceChanged
from marketplace.producers.models import Producer, Product


@dataclass(frozen=True, slots=True)
class Quote:
    """One listing as it can be bought at an instant; `verdict` is its goods class then. Fen, grams of one unit."""

    listing_id: uuid.UUID
    state: str
    channel_id: uuid.UUID
    channel_kind: str
    channel_area: str
    operator_id: uuid.UUID | None
    levy_bp: int
    is_open: bool
    offer_id: uuid.UUID
    product_id: uuid.UUID
    producer_id: uuid.UUID
    producer_organisation_id: uuid.UUID
    producer_name: str
    producer_kind: str
    stock_item_id: int
    product_name: str
    spec: str
    unit: str
    category_code: str
    origin_area: str
    net_weight_g: int | None
    is_perishable: bool
    price_fen: int
    tax_treatment: str
    is_demo: bool
    verdict: Verdict


def quote(
    session: Session, listing_ids: Collection[uuid.UUID], at: datetime, *, lock: bool = False
) -> Mapping[uuid.UUID, Quote]:
    """The listings as of the aware instant, by id. `Invalid` (``unknown_listing``) names the first id that is none.

    `lock` holds their certificates FOR SHARE: for a use case that sets `sold_at` in this transaction.
    """
    rows = session.execute(
        select(Listing, Channel, Offer, Product, Producer)
        .join(Channel, Channel.id == Listing.channel_id)
        .join(Offer, Offer.id == Listing.offer_id)
        .join(Product, Product.id == Listing.product_id)
        .join(Producer, Producer.id == Offer.producer_id)
        .where(Listing.id.in_(list(listing_ids)))
        .order_by(Listing.id)
        .execution_options(populate_existing=True)
    ).all()
    missing = sorted(set(listing_ids) - {row.Listing.id for row in rows}, key=str)
    if missing:
        raise Invalid("unknown_listing", "没有这个上架商品", pointer="/lines", listing_id=str(missing[0]))
    certificates = certificates_of(session, {row.Listing.product_id for row in rows}, at, lock=lock)
    return {
        row.Listing.id: _quote(
            row.Listing, row.Channel, row.Offer, row.Product, row.Producer, certificates, at
        )
        for row in rows
    }


def _quote(
    listing: Listing,
    channel: Channel,
    offer: Offer,
    product: Product,
    producer: Producer,
    certificates: Mapping[uuid.UUID, Any],
    at: datetime,
) -> Quote:
    kind = channel_kind(listing.channel_kind)
    goods = GoodsFacts(product.origin_area, offer.spec, producer.id, producer.agent_of_id)
    day = day_of(at)
    return Quote(
        listing_id=listing.id,
        state=listing.state,
        channel_id=channel.id,
        channel_kind=channel.kind,
        channel_area=channel.area_code,
        operator_id=channel.operator_id,
        levy_bp=kind.levy_bp(channel.terms, day),
        is_open=is_open(channel, day),
        offer_id=offer.id,
        product_id=product.id,
        producer_id=producer.id,
        producer_organisation_id=producer.organisation_id,
        producer_name=producer.name,
        producer_kind=producer.entity_kind,
        stock_item_id=listing.stock_item_id,
        product_name=listing.title,
        spec=offer.spec,
        unit=offer.unit,
        category_code=product.category_code,
        origin_area=product.origin_area,
        net_weight_g=offer.net_weight_g,
        is_perishable=product.is_perishable,
        price_fen=listing.price_fen,
        tax_treatment=offer.tax_treatment,
        is_demo=product.is_demo,
        verdict=classify(goods, certificates.get(product.id, ()), kind, at),
    )


def is_open(channel: Channel, day: date) -> bool:
    """Whether the point of sale sells on that Shanghai day: from `opened_on`, up to and with the day before `closed_on`."""
    return channel.opened_on <= day and (channel.closed_on is None or day < channel.closed_on)


def require_sellable(
    quotes: Mapping[uuid.UUID, Quote], shown_price_fen: Mapping[uuid.UUID, int], buyer_kind: str
) -> None:
    """Refuse a checkout of these listings by an organisation of that kind at the prices it was shown.

    `Conflict` ``listing_not_open`` (paused, delisted, or its point of sale closed), ``buyer_not_accepted`` (832 sells to public buyers
    only); `PriceChanged` with `listings` and their present `prices_fen` when any shown price differs.
    """
    shut = [str(q.listing_id) for q in quotes.values() if q.state != "listed" or not q.is_open]
    if shut:
        raise Conflict("listing_not_open", "商品已下架或销售点不营业", listings=shut)
    foreign = [
        str(q.listing_id)
        for q in quotes.values()
        if not channel_kind(q.channel_kind).accepts_buyer(buyer_kind)
    ]
    if foreign:
        raise Conflict("buyer_not_accepted", "该渠道只面向预算单位及其工会、食堂承包方", listings=foreign)
    changed = [q for q in quotes.values() if shown_price_fen[q.listing_id] != q.price_fen]
    if changed:
        raise PriceChanged(
            "price_changed",
            "价格已变动，请按现价重新下单",
            listings=[str(q.listing_id) for q in changed],
            prices_fen=[str(q.price_fen) for q in changed],
        )
