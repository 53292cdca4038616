"""The audit trail: who did what to which thing, written in the transaction that did it.

Rows are append-only by trigger, for the owner too. `detail` holds codes, numbers and ids, never a personal value: reading
one is recorded by its purpose, not by what was read.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.models import AuditRecord


def record(
    session: Session,
    actor: Actor | None,
    action: str,
    subject_kind: str,
    subject_id: UUID | str | int,
    *,
    area_code: str | None = None,
    purpose: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one record. `action` is ``source.subject.verb`` (``certification.application.county_decided``).

    `actor` None is the service itself, or somebody not signed in (a failed sign-in). Flushed with the session.
    """
    session.add(
        AuditRecord(
            at=utcnow(),
            actor_id=actor.audit_id if actor else None,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            area_code=area_code,
            request_id=actor.request_id if actor else None,
            purpose=purpose,
            detail=detail or {},
        )
    )
