"""What the applicant and the offices are told, written in the transaction of what it tells."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.certification.facts import CertificateRevoked
from marketplace.certification.models import Application, Certificate, Notice
from marketplace.producers.models import Producer


def tell_applicant(session: Session, application: Application) -> None:
    """Tell the applicant's organisation to which state its application came: returned, rejected or published."""
    kind = "application_returned" if application.state == "returned" else "application_decided"
    notify(
        session,
        kind,
        "application",
        application.number,
        organisation_id=application.applicant_organisation_id,
        detail={"scheme": application.scheme, "state": application.state},
    )


def tell_of_withdrawn_notice(session: Session, application: Application, notice_number: str) -> None:
    """Tell the applicant's organisation that the notice which showed its product was withdrawn."""
    notify(
        session,
        "notice_withdrawn",
        "application",
        application.number,
        organisation_id=application.applicant_organisation_id,
        detail={"notice": notice_number, "state": application.state},
    )


def tell_publisher_of_objection(
    session: Session, notice: Notice, application: Application, receipt_no: str
) -> None:
    """Tell whoever hung the notice that an objection waits for an answer; its words stay where they are."""
    if notice.published_by is not None:
        notify(
            session,
            "objection_filed",
            "objection",
            receipt_no,
            account_id=notice.published_by,
            detail={"notice": notice.number, "application": application.number},
        )


def tell_producer(
    session: Session,
    kind: str,
    certificate: Certificate,
    *,
    organisation_id: uuid.UUID | None = None,
    cause: str | None = None,
) -> None:
    """Tell the producer that its certificate is about to end or suspended (certificate_expiring, certificate_suspended)."""
    owner = organisation_id or session.get_one(Producer, certificate.producer_id).organisation_id
    detail = {
        "scheme": certificate.scheme,
        "catalogue_no": certificate.catalogue_no,
        "valid_to": certificate.valid_to.isoformat(),
    }
    notify(
        session,
        kind,
        "certificate",
        certificate.id,
        organisation_id=owner,
        detail=detail | ({"cause": cause} if cause else {}),
    )


def tell_producer_of_revocation(session: Session, fact: CertificateRevoked) -> None:
    """Hears `CertificateRevoked`: the producer learns the cause and from when the certificate no longer counts."""
    notify(
        session,
        "certificate_revoked",
        "certificate",
        fact.certificate_id,
        organisation_id=session.get_one(Producer, fact.producer_id).organisation_id,
        detail={"scheme": fact.scheme, "cause": fact.cause, "void_from": fact.void_from.isoformat()},
    )
