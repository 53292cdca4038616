"""One line of a certificate's history: the event row, the audit record and the fact, always together."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.certification.facts import CertificateChanged
from marketplace.certification.models import Certificate, CertificateEvent
from marketplace.core import audit, facts
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow


def add_event(
    session: Session,
    actor: Actor | None,
    certificate: Certificate,
    kind: str,
    *,
    cause: str | None = None,
    document_no: str | None = None,
) -> None:
    """Write a line of the certificate's history and of the audit trail, now."""
    session.add(
        CertificateEvent(
            certificate_id=certificate.id,
            kind=kind,
            at=utcnow(),
            effective_from=certificate.void_from or utcnow(),
            cause=cause,
            actor_id=actor.audit_id if actor else None,
            document_no=document_no,
        )
    )
    audit.record(
        session,
        actor,
        f"certification.certificate.{kind}",
        "certificate",
        certificate.id,
        area_code=certificate.area_code,
        detail={"scheme": certificate.scheme, "catalogue_no": certificate.catalogue_no}
        | ({"cause": cause} if cause else {}),
    )
    facts.publish(session, CertificateChanged(certificate.id, certificate.product_id, kind))
