"""Telling the other side of a shelf that a price changed: who operates the point of sale, and who makes the product."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.catalogue.models import Channel, Listing
from marketplace.core.actor import Actor
from marketplace.producers.models import Producer


def tell_of_price(
    session: Session, actor: Actor, listing: Listing, changed: Sequence[uuid.UUID], price_fen: int
) -> int:
    """One notice ``price_changed`` to each organisation concerned but the one that changed it; how many were told."""
    rows = session.execute(
        select(Channel.operator_id, Producer.organisation_id)
        .select_from(Listing)
        .join(Channel, Channel.id == Listing.channel_id)
        .join(Producer, Producer.id == Listing.producer_id)
        .where(Listing.id.in_(changed))
    ).all()
    own = {actor.organisation_id, *(held.organisation_id for held in actor.held)}
    concerned = sorted({one for row in rows for one in row if one is not None and one not in own})
    for organisation_id in concerned:
        notify(
            session,
            "price_changed",
            "listing",
            listing.id,
            organisation_id=organisation_id,
            detail={"price_fen": price_fen, "listings": len(changed)},
        )
    return len(concerned)
