"""Listings that an account keeps in sight (收藏)."""

from __future__ import annotations

import uuid
from typing import Any, cast

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, NotFound
from marketplace.orders.buying.models import Favourite

MOST = 500


def keep(session: Session, actor: Actor, listing_id: uuid.UUID) -> None:
    """Keep a listing; again changes nothing. NotFound for none, Conflict (`favourites_full`) at 500."""
    if session.get(Listing, listing_id) is None:
        raise NotFound
    lock_exclusive(session, "orders.favourites", str(actor.account_id))
    mine = Favourite.account_id == actor.account_id
    count = session.scalar(
        select(func.count()).select_from(Favourite).where(mine, Favourite.listing_id != listing_id)
    )
    if (count or 0) >= MOST:
        raise Conflict("favourites_full", f"收藏最多 {MOST} 件", most=MOST)
    session.execute(
        insert(Favourite)
        .values(account_id=actor.account_id, listing_id=listing_id, added_at=utcnow())
        .on_conflict_do_nothing()
    )


def drop(session: Session, actor: Actor, listing_id: uuid.UUID) -> None:
    """Keep it no longer."""
    session.execute(
        delete(Favourite).where(Favourite.account_id == actor.account_id, Favourite.listing_id == listing_id)
    )


def kept(actor: Actor) -> Select[Any]:
    """(listing, when it was kept) of the actor, unsorted, for a list paged by both."""
    # Any: a Select of particular columns is not a Select of any columns to the type checker.
    found: Any = (
        select(
            Listing.id.label("listing_id"),
            Listing.title,
            Listing.price_fen,
            Listing.state,
            Listing.channel_kind,
            Favourite.added_at,
        )
        .join(Listing, Listing.id == Favourite.listing_id)
        .where(Favourite.account_id == actor.account_id)
    )
    return cast("Select[Any]", found)
