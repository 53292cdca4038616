"""What a page's header shows of who is signed in, in one statement: it is asked at every page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice, Organisation, Person
from marketplace.accounts.service.inbox import acted_for, addressed
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
    asked = {"account": actor.account_id, "person": actor.person_id, "organisations": acted_for(actor)}
    row = session.connection().execute(_HEADER, asked).one()
    return Header(row.person or "", dict(zip(row.ids or (), row.names or (), strict=True)), row.unread)


def _statement() -> Select[Any]:
    mine = bindparam("organisations", expanding=True, type_=Uuid())
    unread = (
        select(InboxNotice.id)
        .where(addressed(bindparam("account", type_=Uuid()), mine), InboxNotice.read_at.is_(None))
        .limit(MOST_UNREAD + 1)
        .subquery()
    )
    ids, names = (
        select(func.array_agg(aggregate_order_by(column, Organisation.id)))
        .where(Organisation.id.in_(mine))
        .scalar_subquery()
        for column in (Organisation.id, Organisation.name)
    )
    person = select(Person.display_name).where(Person.id == bindparam("person", type_=Uuid()))
    return select(
        person.scalar_subquery().label("person"),
        select(func.count()).select_from(unread).scalar_subquery().label("unread"),
        ids.label("ids"),
        names.label("names"),
    )


_HEADER: Final = _statement()  # built once: it is asked at every page
