"""Suspending, reinstating and revoking a certificate.

Each locks the certificate's row first and takes its instant after that: whoever holds the row FOR SHARE (an order being placed)
has finished, so an order either came before the decision and keeps its certificate, or sees it.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Final

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from marketplace.certification.facts import CertificateRevoked
from marketplace.certification.models import Certificate
from marketplace.certification.rules.standing import (
    RETROACTIVE_CAUSES,
    REVOCATION_CAUSES,
    SUSPENSION_CAUSES,
    is_suspended,
    standing_at,
)
from marketplace.certification.service.history import add_event
from marketplace.certification.service.inbox import tell_producer
from marketplace.core import facts
from marketplace.core.actor import Actor
from marketplace.core.clock import day_start, today, utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.producers.models import Producer

REVOKE: Final = "certification.revoke"


def suspend_certificate(
    session: Session, actor: Actor, certificate_id: uuid.UUID, *, cause: str, document_no: str | None = None
) -> Certificate:
    """Suspend from now on: listings hide, open orders finish, sales meanwhile are not certified.

    Raises Invalid (``cause_unknown``), Forbidden, Conflict (``certificate_not_in_force``, ``already_suspended``).
    """
    if cause not in SUSPENSION_CAUSES:
        raise Invalid("cause_unknown", "没有这一暂停原因", pointer="/cause")
    certificate, now = _locked(session, actor, certificate_id)
    standing = standing_at(certificate, now)
    if standing == "suspended":
        raise Conflict("already_suspended", "证书已暂停")
    if standing not in ("active", "not_yet_valid"):
        raise Conflict("certificate_not_in_force", "证书已失效", standing=standing)
    certificate.suspensions = MultiRange([*certificate.suspensions, Range(now, None)])
    tell_producer(session, "certificate_suspended", certificate, cause=cause)
    return _changed(session, actor, certificate, "suspended", cause, document_no)


def reinstate_certificate(
    session: Session, actor: Actor, certificate_id: uuid.UUID, *, document_no: str | None = None
) -> Certificate:
    """End the suspension in force. Conflict (``not_suspended``) when there is none."""
    certificate, now = _locked(session, actor, certificate_id)
    if not is_suspended(certificate.suspensions, now):
        raise Conflict("not_suspended", "证书未暂停")
    *earlier, current = certificate.suspensions
    certificate.suspensions = MultiRange([*earlier, Range(current.lower, now)])
    return _changed(session, actor, certificate, "reinstated", None, document_no)


def revoke_certificate(
    session: Session,
    actor: Actor,
    certificate_id: uuid.UUID,
    *,
    cause: str,
    document_no: str | None = None,
    void_from: date | None = None,
) -> Certificate:
    """Take the certificate away, from now on or, for fraud, from the beginning of the Shanghai day `void_from`.

    Fraud may be found after a certificate has expired or was amended, so only what is void since an earlier instant refuses.
    Publishes `CertificateRevoked` in the same transaction. Raises Invalid (``cause_unknown``, ``retroaction_not_allowed``,
    ``void_from``), Forbidden, Conflict (``certificate_not_in_force``).
    """
    if cause not in REVOCATION_CAUSES:
        raise Invalid("cause_unknown", "没有这一撤销原因", pointer="/cause")
    if void_from is not None and cause not in RETROACTIVE_CAUSES:
        raise Invalid("retroaction_not_allowed", "仅弄虚作假可追溯撤销", pointer="/void_from")
    certificate, now = _locked(session, actor, certificate_id)
    if void_from is not None and not certificate.valid_from <= void_from <= today():
        raise Invalid("void_from", "追溯日期应在证书生效日至今日之间", pointer="/void_from")
    since = day_start(void_from) if void_from else now
    if certificate.revoked_at is not None or (
        certificate.void_from is not None and certificate.void_from <= since
    ):
        raise Conflict("certificate_not_in_force", "证书已失效")
    certificate.revoked_at = now
    certificate.void_from = since
    certificate.revocation_cause = cause
    _changed(session, actor, certificate, "revoked", cause, document_no)
    facts.publish(
        session,
        CertificateRevoked(
            certificate_id=certificate.id,
            product_id=certificate.product_id,
            producer_id=certificate.producer_id,
            scheme=certificate.scheme,
            revoked_at=now,
            void_from=since,
            cause=cause,
        ),
    )
    return certificate


def _locked(session: Session, actor: Actor, certificate_id: uuid.UUID) -> tuple[Certificate, datetime]:
    """The certificate locked against orders and one another, and the instant of the decision, taken under the lock."""
    certificate = session.get(Certificate, certificate_id, with_for_update=True, populate_existing=True)
    if certificate is None:
        raise NotFound
    actor.require(REVOKE, area=certificate.area_code)
    actor.require_other_organisation(session.get_one(Producer, certificate.producer_id).organisation_id)
    return certificate, utcnow()


def _changed(
    session: Session,
    actor: Actor,
    certificate: Certificate,
    kind: str,
    cause: str | None,
    document_no: str | None,
) -> Certificate:
    certificate.row_version += 1
    add_event(session, actor, certificate, kind, cause=cause, document_no=document_no)
    session.flush()
    return certificate
