"""Notices to an organisation or an account, written with what they tell of; mail about them is a job of the same transaction."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.codes import NOTICE_KINDS
from marketplace.accounts.models import InboxNotice
from marketplace.core import jobs
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import NotFound

MAIL_JOB = "accounts.mail"


def notify(
    session: Session,
    kind: str,
    subject_kind: str,
    subject_id: uuid.UUID | str | int,
    *,
    organisation_id: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None,
    detail: dict[str, Any] | None = None,
    mail: bool = True,
) -> InboxNotice:
    """Put a notice into the inbox of an organisation, of one account, or both.

    `kind` is one of NOTICE_KINDS (KeyError else: a programming error); `detail` holds codes, numbers and days, never personal
    data. With `mail` a job tells those addressees by mail who have an address.
    """
    NOTICE_KINDS[kind]
    notice = InboxNotice(
        organisation_id=organisation_id,
        account_id=account_id,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        detail=detail or {},
        created_at=utcnow(),
    )
    session.add(notice)
    session.flush()
    if mail:
        jobs.enqueue(session, MAIL_JOB, {"notice_id": str(notice.id)}, key=f"mail:{notice.id}")
    return notice


def listing(actor: Actor, *, unread: bool = False) -> Select[Any]:
    """The actor's notices: those to the account and those to the organisations it acts for."""
    statement = select(InboxNotice).where(addressed_to(actor))
    return statement.where(InboxNotice.read_at.is_(None)) if unread else statement


def mark_read(session: Session, actor: Actor, notice_id: uuid.UUID) -> InboxNotice:
    """Mark a notice as read; the first reading stays. Raises NotFound for somebody else's."""
    notice = session.scalars(
        select(InboxNotice).where(InboxNotice.id == notice_id, addressed_to(actor))
    ).one_or_none()
    if notice is None:
        raise NotFound
    session.execute(
        update(InboxNotice)
        .where(InboxNotice.id == notice_id, InboxNotice.read_at.is_(None))
        .values(read_at=utcnow())
    )
    session.refresh(notice)
    return notice


def addressed_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a notice is the actor's: to the account, or to an organisation it acts for."""
    return addressed(actor.account_id, acted_for(actor))


def addressed(account_id: Any, organisations: Any) -> ColumnElement[bool]:
    """The same of an account and the organisations it acts for, as values or as parameters of a statement."""
    return or_(InboxNotice.account_id == account_id, InboxNotice.organisation_id.in_(organisations))


def acted_for(actor: Actor) -> list[uuid.UUID]:
    """The organisations that the actor acts for, ascending: the account's own and those of its grants."""
    found = {actor.organisation_id, *(held.organisation_id for held in actor.held)}
    return sorted(one for one in found if one is not None)
