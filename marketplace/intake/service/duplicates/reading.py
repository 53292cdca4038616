"""Cases of repeated reports, for officials of either area and the operators of either point of sale."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.intake.models import DuplicateCase, DuplicateDecision
from marketplace.intake.service.duplicates.pair import both_sides, compared
from marketplace.intake.service.keys import managed_channel

READ = "intake.read"
_KEYS = (DuplicateCase.first_key, DuplicateCase.second_key)


def _seen(actor: Actor) -> ColumnElement[bool]:
    return or_(
        visible(actor, READ, area=DuplicateCase.first_area, owners=(DuplicateCase.first_operator_id,)),
        visible(actor, READ, area=DuplicateCase.second_area, owners=(DuplicateCase.second_operator_id,)),
    )


def cases_seen(session: Session, actor: Actor, args: dict[str, Any]) -> Select[Any]:
    """Cases by filters (state, rule, sureness, cause, channel), unsorted, for a paged list. NotFound for no such channel."""
    statement = select(DuplicateCase).where(_seen(actor))
    for name in ("state", "rule", "sureness", "cause"):
        if args[name] is not None:
            statement = statement.where(getattr(DuplicateCase, name) == args[name])
    if args["channel"] is not None:
        channel_id = str(managed_channel(session, actor, args["channel"], READ).id)
        statement = statement.where(or_(*(key["channel_id"].astext == channel_id for key in _KEYS)))
    return statement


def cases_waiting(actor: Actor) -> Select[Any]:
    """Cases that wait for people and in which a side is the actor's to read, unsorted."""
    return select(DuplicateCase).where(_seen(actor), DuplicateCase.state == "open")


def case_of(session: Session, actor: Actor, number: str) -> DuplicateCase:
    """A case by its number. NotFound when there is none that the actor may see."""
    case = session.scalars(
        select(DuplicateCase).where(DuplicateCase.number == number, _seen(actor))
    ).one_or_none()
    if case is None:
        raise NotFound("case_not_found", "没有这个重复上报认定")
    return case


def channels_of(session: Session, cases: Sequence[DuplicateCase]) -> dict[str, str]:
    """Id of each point of sale of the cases, as text → its code."""
    ids = {
        uuid.UUID(key["channel_id"])
        for one in cases
        for key in (one.first_key, one.second_key)
        if key["channel_id"]
    }
    rows = session.execute(select(Channel.id, Channel.code).where(Channel.id.in_(ids)))
    return {str(channel_id): code for channel_id, code in rows}


def fields_of(session: Session, case: DuplicateCase) -> list[dict[str, Any]]:
    """Both sides as they stand, field by field."""
    return compared(*both_sides(session, [case])[case.id])


def decisions_of(session: Session, case: DuplicateCase) -> Sequence[DuplicateDecision]:
    """What was decided of it, in order."""
    return session.scalars(
        select(DuplicateDecision)
        .where(DuplicateDecision.case_id == case.id)
        .order_by(DuplicateDecision.decision_no)
    ).all()
