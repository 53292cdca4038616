"""The periodic job that tells producers of certificates about to end and writes history of those that did.

It changes no certificate: dates decide everywhere. Running it twice, or late, adds nothing and loses nothing.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate, CertificateEvent
from marketplace.certification.rules.validity import RENEWAL_WINDOW_DAYS
from marketplace.certification.service.history import add_event
from marketplace.certification.service.inbox import tell_producer
from marketplace.core.clock import today
from marketplace.core.db import lock_exclusive
from marketplace.producers.models import Producer

BATCH: Final = 1_000


def note_expiries(session: Session) -> dict[str, int]:
    """Write up to 1,000 `expiring` lines (last 90 days, with a notice to the producer) and 1,000 `expired` ones.

    Returns how many of each; call again while any is 1,000. One run at a time.
    """
    lock_exclusive(session, "certification.job", "expiry")
    day = today()
    expiring = _without_event(session, "expiring", Certificate.valid_to >= day)
    for certificate, organisation_id in expiring:
        add_event(session, None, certificate, "expiring")
        tell_producer(session, "certificate_expiring", certificate, organisation_id=organisation_id)
    expired = _without_event(session, "expired", Certificate.valid_to < day)
    for certificate, _ in expired:
        add_event(session, None, certificate, "expired")
    session.flush()
    return {"expiring": len(expiring), "expired": len(expired)}


def _without_event(
    session: Session, kind: str, condition: ColumnElement[bool]
) -> list[tuple[Certificate, uuid.UUID]]:
    written = exists().where(CertificateEvent.certificate_id == Certificate.id, CertificateEvent.kind == kind)
    rows = session.execute(
        select(Certificate, Producer.organisation_id)
        .join(Producer, Producer.id == Certificate.producer_id)
        .where(
            condition,
            Certificate.valid_to < today() + timedelta(days=RENEWAL_WINDOW_DAYS),
            Certificate.void_from.is_(None),
            ~written,
        )
        .order_by(Certificate.id)
        .limit(BATCH)
    )
    return [(certificate, organisation_id) for certificate, organisation_id in rows]
