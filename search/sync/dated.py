"""What changes by the calendar alone: certificates and agreements that begin or end, channels that open or close."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.beneficiaries.service.active import agreements_turning
from marketplace.catalogue.models import Channel, Listing
from marketplace.certification.models import Certificate
from marketplace.core.clock import today
from marketplace.core.db import transaction
from search.models import Document
from search.sync import changes
from search.sync.versions import expected_documents, numbers_of

BACK: Final = timedelta(days=35)
"""How far back is looked: a worker may have been away for as long."""
BATCH: Final = 300


def note_turning() -> int:
    """Note the products for which one of these days is a first or last day, and whose document is not as of today; how many."""
    with transaction() as session:
        turned = _turned(session)
    noted = 0
    for at in range(0, len(turned), BATCH):
        with transaction() as session:
            differing = _differing(session, turned[at : at + BATCH])
            changes.note(session, differing)
        noted += len(differing)
    return noted


def _turned(session: Session) -> Sequence[uuid.UUID]:
    until = today()
    after = until - BACK
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
    return sorted(products)


def _differing(session: Session, products: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those whose document in PostgreSQL, which every note is for, is not what the rows say today."""
    numbers = numbers_of(session, products)
    documents, _ = expected_documents(session, numbers)
    kept = dict(
        session.execute(
            select(Document.product_no, Document.digest).where(Document.product_no.in_(numbers))
        ).all()
    )
    return [numbers[one.product_no] for one in documents if kept.get(one.product_no, "") != one.digest]
