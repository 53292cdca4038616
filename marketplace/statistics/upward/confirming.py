"""A county's word on its part of a month's total: one person of its own handles it, another confirms or returns it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Forbidden, NotFound
from marketplace.statistics.upward.models import CountyConfirmation, MonthTotal
from marketplace.statistics.upward.states import CONFIRMATION, TOTAL

HANDLE: Final = "statistics.declare"
REVIEW: Final = "statistics.declare_review"


def handle(session: Session, actor: Actor, total_id: uuid.UUID, area: str, opinion: str) -> MonthTotal:
    """The county's first person has looked. Needs ``statistics.declare`` held for the county itself."""
    row, part = _part(session, actor, total_id, area, HANDLE)
    CONFIRMATION.require(part.state, "handled")
    part.state, part.opinion = "handled", opinion
    part.handled_by_person, part.handled_at = actor.person_id, utcnow()
    session.flush()
    note_step(session, actor, "handled", row, area, opinion)
    return row


def confirm(
    session: Session, actor: Actor, total_id: uuid.UUID, area: str, *, accept: bool, opinion: str
) -> MonthTotal:
    """The county's second person confirms its part, or returns it, which ends the version.

    Needs ``statistics.declare_review`` held for the county itself, as another person (`same_person`).
    """
    row, part = _part(session, actor, total_id, area, REVIEW)
    CONFIRMATION.require(part.state, "confirmed")
    actor.require_other_person(part.handled_by_person, what="经办人与审核人")
    part.state, part.opinion = ("confirmed" if accept else "returned"), opinion
    part.confirmed_by_person, part.confirmed_at = actor.person_id, utcnow()
    if not accept:
        TOTAL.require(row.state, "returned")
        row.state = "returned"
    session.flush()
    note_step(session, actor, "confirmed" if accept else "returned", row, area, opinion)
    return row


def parts_of(session: Session, total_id: uuid.UUID) -> Sequence[CountyConfirmation]:
    """The counties' words on a version, by county."""
    return session.scalars(
        select(CountyConfirmation)
        .where(CountyConfirmation.total_id == total_id)
        .order_by(CountyConfirmation.area_code)
    ).all()


def locked(session: Session, total_id: uuid.UUID) -> MonthTotal:
    """The version, locked for a step. NotFound (``total_not_found``)."""
    row = session.get(MonthTotal, total_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("total_not_found", "没有这份月度汇总")
    return row


def _part(
    session: Session, actor: Actor, total_id: uuid.UUID, area: str, permission: str
) -> tuple[MonthTotal, CountyConfirmation]:
    """The version and the county's part, both locked. NotFound, Forbidden (``other_level``: no level speaks for the county)."""
    row = locked(session, total_id)
    part = session.scalars(
        select(CountyConfirmation)
        .where(CountyConfirmation.total_id == row.id, CountyConfirmation.area_code == area)
        .with_for_update()
    ).one_or_none()
    if part is None:
        raise NotFound("total_not_found", "没有这份月度汇总")
    actor.require(permission, area=area)
    held = [one for one in actor.holding(permission) if one.covers(area, ())]
    if all(divisions.canonical(one.area_code) != divisions.canonical(area) for one in held):
        raise Forbidden("other_level", "只能由本级单位填报、审核和上报")
    TOTAL.require(row.state, "sealed")
    return row, part


def note_step(
    session: Session, actor: Actor, what: str, row: MonthTotal, area: str, opinion: str | None = None
) -> None:
    """A line of the audit trail, with what was said."""
    audit.record(
        session,
        actor,
        f"statistics.upward.total_{what}",
        "upward_total",
        row.id,
        area_code=area,
        detail={"period": row.period, "version": row.version, "opinion": opinion},
    )
