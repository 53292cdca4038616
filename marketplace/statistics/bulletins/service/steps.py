"""One step of a bulletin: its state, its line in the history, its audit record, written together."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.locked import locked_row
from marketplace.statistics.bulletins.models import Bulletin, BulletinStep


def lock_bulletin(session: Session, actor: Actor, number: str, permission: str) -> Bulletin:
    """The bulletin, its row locked. NotFound unless the actor may read statistics there, Forbidden without the permission."""
    bulletin = locked_row(session, select(Bulletin).where(Bulletin.number == number))
    actor.require_visible("statistics.read", area=bulletin.area_code)
    actor.require(permission, area=bulletin.area_code)
    return bulletin


def write_step(session: Session, actor: Actor, bulletin: Bulletin, step: str, opinion: str) -> None:
    """Add the step to the history and the audit trail; flushed."""
    session.add(
        BulletinStep(
            bulletin_id=bulletin.id,
            at=utcnow(),
            step=step,
            actor_id=actor.audit_id,
            person_id=actor.person_id,
            opinion=opinion,
        )
    )
    audit.record(
        session,
        actor,
        f"statistics.bulletin.{step}",
        "bulletin",
        bulletin.number,
        area_code=bulletin.area_code,
        detail={"report": bulletin.report_code, "period": bulletin.period, "version": bulletin.version},
    )
    session.flush()
