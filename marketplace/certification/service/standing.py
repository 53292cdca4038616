"""Suspending and reinstating a certificate: one person's act, because it must be quick; `revocation` needs two.

Each locks the certificate's row first and takes its instant after that: whoever holds the row FOR SHARE (an order being placed)
has finished, so an order either came before the decision and keeps its certificate, or sees it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from marketplace.certification.models import Certificate
from marketplace.certification.rules.standing import (
    SUSPENSION_CAUSES,
    is_suspended,
    standing_at,
)
from marketplace.certification.service.history import add_event
from marketplace.certification.service.inbox import tell_producer
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.producers.models import Producer

SUSPEND: Final = "certification.suspend"


def suspend_certificate(
    session: Session, actor: Actor, certificate_id: uuid.UUID, *, cause: str, document_no: str | None = None
) -> Certificate:
    """Suspend from now on: listings hide, open orders finish, sales meanwhile are not certified.

    Raises Invalid (``cause_unknown``), Forbidden, Conflict (``certificate_not_in_force``, ``already_suspended``).
    """
    if cause not in SUSPENSION_CAUSES:
        raise Invalid("cause_unknown", "没有这一暂停原因", pointer="/cause")
    certificate, now = lock_certificate(session, actor, certificate_id, SUSPEND)
    standing = standing_at(certificate, now)
    if standing == "suspended":
        raise Conflict("already_suspended", "证书已暂停")
    if standing not in ("active", "not_yet_valid"):
        raise Conflict("certificate_not_in_force", "证书已失效", standing=standing)
    certificate.suspensions = MultiRange([*certificate.suspensions, Range(now, None)])
    tell_producer(session, "certificate_suspended", certificate, cause=cause)
    return write_change(session, actor, certificate, "suspended", cause, document_no)


def reinstate_certificate(
    session: Session, actor: Actor, certificate_id: uuid.UUID, *, document_no: str | None = None
) -> Certificate:
    """End the suspension in force. Conflict (``not_suspended``) when there is none."""
    certificate, now = lock_certificate(session, actor, certificate_id, SUSPEND)
    if not is_suspended(certificate.suspensions, now):
        raise Conflict("not_suspended", "证书未暂停")
    *earlier, current = certificate.suspensions
    certificate.suspensions = MultiRange([*earlier, Range(current.lower, now)])
    return write_change(session, actor, certificate, "reinstated", None, document_no)


def lock_certificate(
    session: Session, actor: Actor, certificate_id: uuid.UUID, permission: str
) -> tuple[Certificate, datetime]:
    """The certificate locked against orders and one another, and the instant of the decision, taken under the lock.

    NotFound when there is none; Forbidden without the permission there, and for the producer's own people.
    """
    # But for its key, which nothing changes: a listing that is being judged may point at the certificate meanwhile.
    certificate = session.get(
        Certificate, certificate_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if certificate is None:
        raise NotFound
    actor.require(permission, area=certificate.area_code)
    actor.require_other_organisation(session.get_one(Producer, certificate.producer_id).organisation_id)
    return certificate, utcnow()


def write_change(
    session: Session,
    actor: Actor,
    certificate: Certificate,
    kind: str,
    cause: str | None,
    document_no: str | None,
) -> Certificate:
    """Write the change's line of history and flush; the certificate itself is changed already."""
    certificate.row_version += 1
    add_event(session, actor, certificate, kind, cause=cause, document_no=document_no)
    session.flush()
    return certificate
