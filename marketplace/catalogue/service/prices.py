"""Prices of listings: every one a row of history, and one price for all listings of a group (同步同价).

Whoever changes prices or groups of an offer first takes its advisory lock, so that a listing that joins and a price that changes
come one after the other.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.catalogue.channels import CHANNEL_KINDS, channel_kind
from marketplace.catalogue.facts import ListingsChanged
from marketplace.catalogue.models import Channel, Listing, PriceChange
from marketplace.catalogue.service.price_notices import tell_of_price
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import uuid7
from marketplace.core.money import MAX_FEN

# One statement for the whole group, in id order: the new price on the rows, and a line of history for each.
#: Space of the advisory locks on the prices of an offer.
_PRICES: Final = "catalogue.offer_prices"
_SET: Final = sql("""
    WITH held AS (
        SELECT l.id, o.net_weight_g FROM catalogue.listing l JOIN catalogue.offer o ON o.id = l.offer_id
        WHERE l.state <> 'delisted' AND (l.id = :listing OR l.price_group_id = CAST(:price_group AS uuid))
        ORDER BY l.id FOR UPDATE OF l
    ), changed AS (
        UPDATE catalogue.listing l
        SET price_fen = :price,
            price_per_500g_fen = (2 * :price * 500 + held.net_weight_g) / (2 * held.net_weight_g),
            row_version = l.row_version + 1
        FROM held WHERE l.id = held.id AND l.price_fen <> :price
        RETURNING l.id
    )
    INSERT INTO catalogue.price_change (listing_id, price_fen, from_at, actor_id, reason)
    SELECT id, :price, :at, CAST(:actor AS uuid), :reason FROM changed ORDER BY id
    RETURNING listing_id
""")


def lock_offer_prices(session: Session, offer_id: uuid.UUID) -> None:
    """Nobody else changes prices or groups of this offer's listings until the transaction ends."""
    lock_exclusive(session, _PRICES, str(offer_id))


def lock_prices_of(session: Session, offer_ids: Collection[uuid.UUID]) -> None:
    """`lock_offer_prices` of several offers, in the order of their ids, so that two never wait for each other."""
    lock_exclusive(session, _PRICES, *(str(offer_id) for offer_id in sorted(offer_ids)))


def set_price(
    session: Session, actor: Actor, listing: Listing, price_fen: int, reason: str | None
) -> Sequence[uuid.UUID]:
    """Change the price of a listing, and of its whole group, from now on; the ids whose price changed, ascending.

    The same price again changes nothing. The seller and the operators find a notice in their inboxes. Authority is the
    caller's (`listings.require_listing`). `Invalid` ``price``; `Conflict` ``listing_delisted``.
    """
    if not 0 < price_fen <= MAX_FEN:
        raise Invalid("price", "单价应大于零", pointer="/price_fen")
    lock_offer_prices(session, listing.offer_id)
    session.refresh(listing)
    if listing.state == "delisted":
        raise Conflict("listing_delisted", "商品已下架")
    changed = session.scalars(
        _SET,
        {
            "listing": listing.id,
            "price_group": listing.price_group_id,
            "price": price_fen,
            "at": utcnow(),
            "actor": actor.audit_id,
            "reason": reason,
        },
    ).all()
    session.refresh(listing)
    if changed:
        audit.record(
            session,
            actor,
            "catalogue.listing.priced",
            "listing",
            listing.id,
            detail={"price_fen": price_fen, "listings": sorted(str(changed_id) for changed_id in changed)},
        )
        tell_of_price(session, actor, listing, changed, price_fen)
        # A price group is one offer in several places, so it is one product.
        facts.publish(session, ListingsChanged((listing.product_id,)))
    return sorted(changed)


def first_price(session: Session, listing: Listing, at: datetime, actor_id: uuid.UUID | None) -> None:
    """The first line of a new listing's history."""
    session.add(
        PriceChange(
            listing_id=listing.id, price_fen=listing.price_fen, from_at=at, actor_id=actor_id, reason=None
        )
    )


def group_with(session: Session, offer_id: uuid.UUID, channel: Channel) -> Listing | None:
    """The open listing with which a listing of the offer in this channel must share its price, if there is one.

    The halls of one operator are one hall: what it sells on the net and in the shop has one price. Call it under the lock.
    """
    if channel.operator_id is None or channel_kind(channel.kind).group != "hall":
        return None
    halls = [kind.code for kind in CHANNEL_KINDS if kind.group == "hall"]
    return session.scalars(
        select(Listing)
        .join(Channel, Channel.id == Listing.channel_id)
        .where(
            Listing.offer_id == offer_id,
            Listing.state != "delisted",
            Listing.channel_id != channel.id,
            Listing.channel_kind.in_(halls),
            Channel.operator_id == channel.operator_id,
        )
        .order_by(Listing.id)
        .limit(1)
    ).first()


def join_group(session: Session, partner: Listing) -> uuid.UUID:
    """The price group of `partner`, made now if it stood alone. Call it under the lock."""
    if partner.price_group_id is None:
        partner.price_group_id = uuid7()
        partner.row_version += 1
        session.flush()
    return partner.price_group_id


def history(session: Session, listing_id: uuid.UUID) -> Sequence[PriceChange]:
    """Every price the listing had, oldest first."""
    return session.scalars(
        select(PriceChange)
        .where(PriceChange.listing_id == listing_id)
        .order_by(PriceChange.from_at, PriceChange.id)
    ).all()


def price_at(session: Session, listing_id: uuid.UUID, at: datetime) -> int | None:
    """The price in fen at an instant; None before the listing was made."""
    return session.scalar(
        select(PriceChange.price_fen)
        .where(PriceChange.listing_id == listing_id, PriceChange.from_at <= at)
        .order_by(PriceChange.from_at.desc(), PriceChange.id.desc())
        .limit(1)
    )
