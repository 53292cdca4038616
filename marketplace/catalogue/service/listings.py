"""Listings: an offer put up for sale in a channel, paused, resumed, taken down. Prices have a file of their own."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.facts import ListingsChanged
from marketplace.catalogue.models import Channel, Listing, StockItem
from marketplace.catalogue.rules.prices import price_per_500g_fen
from marketplace.catalogue.service import prices
from marketplace.catalogue.service.judging import (
    Goods,
    goods_of,
    goods_of_all,
    require_listable,
    set_state,
    take_verdict,
)
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.money import MAX_FEN
from marketplace.core.states import StateMachine
from marketplace.producers.models import Producer

STATES: Final = StateMachine(
    "上架商品",
    {"listed": ("paused", "delisted"), "paused": ("listed", "delisted"), "delisted": ()},
    "listed",
)


def get_listing(session: Session, listing_id: uuid.UUID) -> Listing:
    """The listing, or `NotFound`."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise NotFound("listing_not_found", "没有这个上架商品")
    return listing


def require_listing(session: Session, actor: Actor, listing: Listing) -> None:
    """Ask `catalogue.list` over the channel's area, for its operator or for the seller."""
    area_code, operator_id, organisation_id = session.execute(
        select(Channel.area_code, Channel.operator_id, Producer.organisation_id)
        .select_from(Channel)
        .join(Producer, Producer.id == listing.producer_id)
        .where(Channel.id == listing.channel_id)
    ).one()
    actor.require("catalogue.list", area=area_code, owners=(operator_id, organisation_id))


def list_offer(
    session: Session, actor: Actor, channel: Channel, offer_id: uuid.UUID, price_fen: int | None = None
) -> Listing:
    """Put an offer up for sale in a channel, at its asking price unless another is given.

    An offer that does not qualify as aid is listed all the same, as area_produce or ordinary with the reason. `Conflict` with a
    code of `REFUSALS` where it cannot be listed at all, ``price_group_differs`` where the operator's other hall asks another
    price; `AlreadyExists` ``already_listed``.
    """
    return list_offers(session, actor, channel, {offer_id: price_fen})[0]


def list_offers(
    session: Session, actor: Actor, channel: Channel, asked: Mapping[uuid.UUID, int | None]
) -> list[Listing]:
    """Put several offers up for sale in a channel (offer → price in fen, None: its own), all or none, in the order given.

    Refuses as `list_offer` does; a counter's whole assortment takes as many statements as one offer.
    """
    at = utcnow()
    goods = goods_of_all(session, asked, at)
    for one in goods.values():
        owners = (channel.operator_id, one.seller.organisation_id)
        actor.require("catalogue.list", area=channel.area_code, owners=owners)
        require_listable(channel, one, at)
    prices.lock_prices_of(session, asked)
    places = stock_item_ids(session, asked, channel.id if channel_kind(channel.kind).holds_stock else None)
    listings = []
    for offer_id, price_fen in asked.items():
        one = goods[offer_id]
        listing = _new_listing(channel, one, places[offer_id])
        take_verdict(listing, one, at)
        _take_price(session, listing, channel, one, price_fen)
        listing.listed_at = at
        listings.append(listing)
    session.add_all(listings)
    with refusing({"uq_listing_open": AlreadyExists("already_listed", "该报价已在此渠道上架")}):
        session.flush()
    for listing in listings:
        prices.first_price(session, listing, at, actor.audit_id)
        audit.record(
            session,
            actor,
            "catalogue.listing.listed",
            "listing",
            listing.id,
            area_code=channel.area_code,
            detail={"goods_class": listing.goods_class, "reason": listing.goods_class_reason},
        )
    session.flush()
    if listings:
        facts.publish(session, ListingsChanged(tuple(sorted({listing.product_id for listing in listings}))))
    return listings


def list_offer_in(
    session: Session, actor: Actor, channel_id: uuid.UUID, offer_id: uuid.UUID, price_fen: int | None
) -> Listing:
    """`list_offer` in the channel of that id; `Invalid` ``channel_not_found``."""
    channel = session.get(Channel, channel_id)
    if channel is None:
        raise Invalid("channel_not_found", "没有这个销售点", pointer="/channel_id")
    return list_offer(session, actor, channel, offer_id, price_fen)


def change_state(session: Session, actor: Actor, listing: Listing, state: str, reason: str | None) -> Listing:
    """Pause, resume or delist. `IllegalTransition` for a step that does not exist; authority is the caller's.

    Open orders are not touched. Resuming judges the goods class anew, and asks again whether the channel lets the offer in.
    """
    at = utcnow()
    session.refresh(listing, with_for_update=True)
    STATES.require(listing.state, state)
    if state == "listed":
        channel = session.get_one(Channel, listing.channel_id)
        goods = goods_of(session, listing.offer_id, at)
        require_listable(channel, goods, at)
        take_verdict(listing, goods, at)
    set_state(listing, state, reason, at)
    session.flush()
    audit.record(
        session, actor, f"catalogue.listing.{state}", "listing", listing.id, detail={"reason": reason}
    )
    facts.publish(session, ListingsChanged((listing.product_id,)))
    return listing


def _new_listing(channel: Channel, goods: Goods, stock_item_id: int) -> Listing:
    """A listing with the offer's words on it, standing on the stock of its place."""
    return Listing(
        id=uuid7(),
        channel_id=channel.id,
        channel_kind=channel.kind,
        offer_id=goods.offer.id,
        product_id=goods.product.id,
        producer_id=goods.seller.id,
        stock_item_id=stock_item_id,
        title=goods.offer.title,
        producer_name=goods.seller.name,
        spec=goods.offer.spec,
        unit=goods.offer.unit,
        category_code=goods.product.category_code,
        origin_area=goods.product.origin_area,
        state=STATES.initial,
        row_version=1,
    )


def stock_item_id(session: Session, offer_id: uuid.UUID, channel_id: uuid.UUID | None) -> int:
    """The stock of an offer at a place, made empty if it was not there. Two at once get the same row."""
    return stock_item_ids(session, [offer_id], channel_id)[offer_id]


def stock_item_ids(
    session: Session, offer_ids: Collection[uuid.UUID], channel_id: uuid.UUID | None
) -> dict[uuid.UUID, int]:
    """The stock of offers at a place, made empty where it was not there. Two at once get the same rows."""
    rows = [
        {"offer_id": offer_id, "channel_id": channel_id, "on_hand": 0, "reserved": 0}
        for offer_id in sorted(offer_ids)
    ]
    session.execute(
        insert(StockItem).on_conflict_do_nothing(constraint="uq_stock_item_offer_id_channel_id"), rows
    )
    found = session.execute(
        select(StockItem.offer_id, StockItem.id).where(
            StockItem.offer_id.in_(list(offer_ids)), StockItem.channel_id.is_not_distinct_from(channel_id)
        )
    )
    return {row.offer_id: row.id for row in found}


def _take_price(
    session: Session, listing: Listing, channel: Channel, goods: Goods, price_fen: int | None
) -> None:
    """The given price, else that of the price group, else the offer's."""
    partner = prices.group_with(session, goods.offer.id, channel)
    price = price_fen or (partner.price_fen if partner else goods.offer.price_fen)
    if not 0 < price <= MAX_FEN:
        raise Invalid("price", "单价应大于零", pointer="/price_fen")
    if partner is not None:
        if price != partner.price_fen:
            raise Conflict("price_group_differs", "同一专馆线上线下应同价", price_fen=str(partner.price_fen))
        listing.price_group_id = prices.join_group(session, partner)
    listing.price_fen = price
    listing.price_per_500g_fen = price_per_500g_fen(price, goods.offer.net_weight_g)
