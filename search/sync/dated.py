"""What changes by the calendar alone: certificates and agreements that begin or end, channels that open or close."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import or_, select

from marketplace.beneficiaries.service.active import agreements_turning
from marketplace.catalogue.models import Channel, Listing
from marketplace.certification.models import Certificate
from marketplace.core.clock import today
from marketplace.core.db import transaction
from search.sync import changes

BACK: Final = timedelta(days=2)
"""How far back is looked: a worker may have been away over a weekend night, and doing it twice is the same as once."""


def note_turning() -> int:
    """Note the products for which one of these days is a first or last day; how many."""
    until = today()
    after = until - BACK
    with transaction() as session:
        products = set(agreements_turning(session, after, until))
        products |= set(
            session.scalars(
                select(Certificate.product_id).where(
                    or_(
                        Certificate.valid_from.between(after, until),
                        Certificate.valid_to.between(after - timedelta(days=1), until),
                    )
                )
            )
        )
        products |= set(
            session.scalars(
                select(Listing.product_id)
                .join(Channel, Channel.id == Listing.channel_id)
                .where(
                    Listing.state == "listed",
                    or_(Channel.opened_on.between(after, until), Channel.closed_on.between(after, until)),
                )
            )
        )
        changes.note(session, products)
    return len(products)
