"""What a page's header shows of who is signed in, in one statement: it is asked at every page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice, Organisation, Person
from marketplace.accounts.service.inbox import addressed_to
from marketplace.core.actor import Actor

MOST_UNREAD = 99
"""More unread notices than that are not counted."""


@dataclass(frozen=True)
class Header:
    """The person's name (a job's, never a household's), the names of the organisations acted for, unread notices."""

    person: str
    organisations: Mapping[uuid.UUID, str]
    unread: int


def read(session: Session, actor: Actor) -> Header:
    """Read the header of `actor`; at most MOST_UNREAD + 1 unread notices are counted."""
    mine = {actor.organisation_id, *(held.organisation_id for held in actor.held)} - {None}
    unread = (
        select(InboxNotice.id)
        .where(addressed_to(actor), InboxNotice.read_at.is_(None))
        .limit(MOST_UNREAD + 1)
        .subquery()
    )
    ids, names = (
        select(func.array_agg(aggregate_order_by(column, Organisation.id)))
        .where(Organisation.id.in_(mine))
        .scalar_subquery()
        for column in (Organisation.id, Organisation.name)
    )
    row = session.execute(
        select(
            select(Person.display_name).where(Person.id == actor.person_id).scalar_subquery(),
            select(func.count()).select_from(unread).scalar_subquery(),
            ids,
            names,
        )
    ).one()
    return Header(row[0] or "", dict(zip(row[2] or (), row[3] or (), strict=True)), row[1])
