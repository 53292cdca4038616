"""Notices in the applicant's inbox, written in the transaction of what they tell."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.certification.facts import CertificateRevoked
from marketplace.certification.models import Application
from marketplace.core.clock import utcnow
from marketplace.producers.models import Producer


def tell_applicant(session: Session, application: Application, kind: str) -> None:
    """Tell the applicant's organisation; kind: application_returned, application_rejected, application_published."""
    session.add(
        InboxNotice(
            organisation_id=application.applicant_organisation_id,
            kind=kind,
            subject_kind="application",
            subject_id=application.number,
            detail={"scheme": application.scheme},
            created_at=utcnow(),
        )
    )


def tell_producer_of_revocation(session: Session, fact: CertificateRevoked) -> None:
    """Hears `CertificateRevoked`: the producer learns the cause and from when the certificate no longer counts."""
    session.add(
        InboxNotice(
            organisation_id=session.get_one(Producer, fact.producer_id).organisation_id,
            kind="certificate_revoked",
            subject_kind="certificate",
            subject_id=str(fact.certificate_id),
            detail={"cause": fact.cause, "void_from": fact.void_from.isoformat(), "scheme": fact.scheme},
            created_at=utcnow(),
        )
    )
    session.flush()
