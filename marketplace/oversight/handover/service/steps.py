"""The one place where a handover changes its state: with its line of history, the audit trail and a notice."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.service.grants import lock_grant
from marketplace.accounts.service.inbox import notify
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import NotFound
from marketplace.oversight.handover.models import Handover, HandoverStep
from marketplace.oversight.handover.rules import MACHINE


def locked(session: Session, number: str) -> Handover:
    """The handover, locked after its subject, as everybody who changes either does. NotFound for none."""
    known = session.scalar(select(Handover).where(Handover.number == number))
    if known is None:
        raise NotFound
    lock_subject(session, known.grant_id, known.pairing)
    return session.get_one(Handover, known.id, with_for_update=True, populate_existing=True)


def lock_subject(session: Session, grant_id: uuid.UUID | None, pairing: str | None) -> None:
    """Hold the role or the pairing alone until the end of the transaction."""
    if grant_id is not None:
        lock_grant(session, grant_id)
    else:
        lock_exclusive(session, "pairing", str(pairing))


def go(
    session: Session,
    actor: Actor,
    handover: Handover,
    target: str,
    step: str,
    opinion: str | None = None,
) -> None:
    """Take a step to another state. IllegalTransition unless the table has it."""
    MACHINE.require(handover.state, target)
    handover.state = target
    if target in MACHINE.terminal:
        handover.decided_by_person, handover.decided_at, handover.opinion = actor.person_id, utcnow(), opinion
    note(session, actor, handover, step, opinion)
    if target == "open" and handover.successor_account_id is not None:
        _tell(session, "handover_asked", handover, handover.successor_account_id)
    elif step in ("accepted", "refused"):
        for account_id in sorted(
            {handover.asked_by, handover.holder_account_id} - {None, actor.account_id}, key=str
        ):
            _tell(session, "handover_decided", handover, account_id)


def note(session: Session, actor: Actor, handover: Handover, step: str, opinion: str | None) -> None:
    """Write the line of the history and of the audit trail."""
    session.add(
        HandoverStep(
            handover_id=handover.id, step=step, account_id=actor.audit_id, opinion=opinion, at=utcnow()
        )
    )
    audit.record(
        session,
        actor,
        f"oversight.handover.{step}",
        "handover",
        handover.number,
        area_code=handover.area_code,
        detail={"subject": handover.subject, "role": handover.role, "pairing": handover.pairing},
    )
    session.flush()


def _tell(session: Session, kind: str, handover: Handover, account_id: uuid.UUID | None) -> None:
    notify(
        session,
        kind,
        "handover",
        handover.number,
        account_id=account_id,
        detail={"subject": handover.subject, "state": handover.state},
    )
