"""Listings: an offer put up for sale in a channel, paused, resumed, taken down. Prices have a file of their own."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import Channel, Listing, StockItem
from marketplace.catalogue.rules.prices import price_per_500g_fen
from marketplace.catalogue.service import prices
from marketplace.catalogue.service.judging import Goods, goods_of, require_listable, set_state, take_verdict
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
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
    at = utcnow()
    goods = goods_of(session, offer_id, at)
    owners = (channel.operator_id, goods.seller.organisation_id)
    actor.require("catalogue.list", area=channel.area_code, owners=owners)
    require_listable(channel, goods, at)
    prices.lock_offer_prices(session, offer_id)
    listing = _new_listing(session, channel, goods)
    take_verdict(listing, goods.verdict(channel.kind, at))
    _take_price(session, listing, channel, goods, price_fen)
    listing.listed_at = at
    session.add(listing)
    with refusing({"uq_listing_open": AlreadyExists("already_listed", "该报价已在此渠道上架")}):
        session.flush()
    prices.first_price(session, listing, at, actor.audit_id)
    session.flush()
    audit.record(
        session,
        actor,
        "catalogue.listing.listed",
        "listing",
        listing.id,
        area_code=channel.area_code,
        detail={"goods_class": listing.goods_class, "reason": listing.goods_class_reason},
    )
    return listing


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
        take_verdict(listing, goods.verdict(channel.kind, at))
    set_state(listing, state, reason, at)
    session.flush()
    audit.record(
        session, actor, f"catalogue.listing.{state}", "listing", listing.id, detail={"reason": reason}
    )
    return listing


def _new_listing(session: Session, channel: Channel, goods: Goods) -> Listing:
    """A listing with the offer's words on it, standing on the stock of its place."""
    holds_stock = channel_kind(channel.kind).holds_stock
    return Listing(
        channel_id=channel.id,
        channel_kind=channel.kind,
        offer_id=goods.offer.id,
        product_id=goods.product.id,
        producer_id=goods.seller.id,
        stock_item_id=stock_item_id(session, goods.offer.id, channel.id if holds_stock else None),
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
    statement = insert(StockItem).values(offer_id=offer_id, channel_id=channel_id, on_hand=0, reserved=0)
    statement = statement.on_conflict_do_nothing(constraint="uq_stock_item_offer_id_channel_id")
    session.execute(statement)
    return session.execute(
        select(StockItem.id).where(
            StockItem.offer_id == offer_id, StockItem.channel_id.is_not_distinct_from(channel_id)
        )
    ).scalar_one()


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
