"""The audit trail as auditors search it: by actor, object, purpose and time; who read whose data and how often."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, func, select

from marketplace.accounts.models import Account, Person
from marketplace.core.actor import Actor
from marketplace.core.clock import day_range, day_start
from marketplace.core.models import AuditRecord
from marketplace.core.scope import visible

READ: Final = "audit.read"


def records(
    actor: Actor,
    *,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    actor_id: uuid.UUID | None = None,
    login: str | None = None,
    action: str | None = None,
    purpose: str | None = None,
    with_purpose: bool = False,
    from_day: date | None = None,
    to_day: date | None = None,
) -> Select[Any]:
    """The records in the auditor's area, filtered, unsorted, for a list paged by id.

    `action`: what it begins with; `purpose`: what it contains; `with_purpose`: readings of personal data alone. Shanghai days,
    `to_day` inclusive.
    """
    statement = select(AuditRecord).where(visible(actor, READ, area=AuditRecord.area_code))
    exact = (
        (AuditRecord.subject_kind, subject_kind),
        (AuditRecord.subject_id, subject_id),
        (AuditRecord.actor_id, actor_id),
    )
    statement = statement.where(*(column == value for column, value in exact if value is not None))
    if login:
        statement = statement.where(
            AuditRecord.actor_id.in_(select(Account.id).where(Account.login == login.strip().lower()))
        )
    if action:
        statement = statement.where(AuditRecord.action.startswith(action, autoescape=True))
    if with_purpose or purpose:
        statement = statement.where(AuditRecord.purpose.is_not(None))
    if purpose:
        statement = statement.where(AuditRecord.purpose.contains(purpose, autoescape=True))
    if from_day is not None:
        statement = statement.where(AuditRecord.at >= day_start(from_day))
    if to_day is not None:
        statement = statement.where(AuditRecord.at < day_range(to_day)[1])
    return statement


def with_names(records: Select[Any]) -> Select[Any]:
    """Rows (record, login name, job name) of who acted; neither where it was the system or nobody who signed in."""
    return (
        records.outerjoin(Account, Account.id == AuditRecord.actor_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .add_columns(Account.login, Person.display_name)
    )


def readers(records: Select[Any]) -> Select[Any]:
    """Rows (login name, job name, readings, things read, last time) of who read personal data, most readings first."""
    counted = (
        records.where(AuditRecord.purpose.is_not(None))
        .with_only_columns(
            AuditRecord.actor_id.label("actor_id"),
            func.count().label("readings"),
            func.count((AuditRecord.subject_kind + ":" + AuditRecord.subject_id).distinct()).label("things"),
            func.max(AuditRecord.at).label("last_at"),
        )
        .order_by(None)
        .group_by(AuditRecord.actor_id)
        .subquery()
    )
    return (
        select(Account.login, Person.display_name, counted.c.readings, counted.c.things, counted.c.last_at)
        .select_from(counted)
        .outerjoin(Account, Account.id == counted.c.actor_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .order_by(counted.c.readings.desc(), Account.login)
    )
