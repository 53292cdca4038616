"""Who sees a handover: holder, successor, who asked for it, who manages its subject, and officials with oversight there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.oversight.handover.models import Handover, HandoverStep
from marketplace.oversight.handover.service.successors import MANAGE_PAIRINGS, MANAGE_ROLES

READ = "oversight.read"


def handovers_seen_by(actor: Actor, args: dict[str, Any]) -> Select[Handover]:
    """The handovers an actor sees, narrowed by `subject` and `state`, for a page."""
    statement = select(Handover).where(_seen(actor))
    for name in ("subject", "state"):
        if args.get(name) is not None:
            statement = statement.where(getattr(Handover, name) == args[name])
    return statement


def find(session: Session, actor: Actor, number: str) -> Handover:
    """One handover; NotFound when there is none or the actor may not know of it."""
    found = session.scalar(select(Handover).where(Handover.number == number, _seen(actor)))
    if found is None:
        raise NotFound
    return found


def steps_of(session: Session, handover: Handover) -> list[HandoverStep]:
    """Every step, oldest first."""
    return list(
        session.scalars(
            select(HandoverStep)
            .where(HandoverStep.handover_id == handover.id)
            .order_by(HandoverStep.at, HandoverStep.id)
        )
    )


def _seen(actor: Actor) -> ColumnElement[bool]:
    person = actor.person_id
    area = Handover.area_code
    return or_(
        Handover.holder_person_id == person,
        Handover.successor_person_id == person,
        Handover.asked_by_person == person,
        and_(Handover.subject == "role", visible(actor, MANAGE_ROLES, area=area)),
        and_(
            Handover.subject == "pairing",
            visible(actor, MANAGE_PAIRINGS, area=area)
            | visible(actor, MANAGE_PAIRINGS, area=Handover.helper_area),
        ),
        visible(actor, READ, area=area),
    )
