"""Standing in for an approver for a time (出差代办). Four eyes still hold: persons are compared, never accounts."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, DateTime, Select, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Grant
from marketplace.accounts.service import identity
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.orders.buying.models import ApprovalDelegation

_NOW: Final = bindparam("now", unique=True, callable_=utcnow, type_=DateTime(timezone=True))


def delegate(
    session: Session,
    actor: Actor,
    to_account: uuid.UUID,
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> ApprovalDelegation:
    """Let another account of the own organisation decide in one's place for a time.

    Invalid (`delegation_time`, `delegate`: none, disabled, of another organisation, or the same person).
    """
    if not (starts_at < ends_at and utcnow() < ends_at):
        raise Invalid("delegation_time", "代办期间不正确", pointer="/ends_at")
    account = session.get(Account, to_account)
    if (
        account is None
        or account.status != "active"
        or account.organisation_id is None
        or account.organisation_id != actor.organisation_id
        or account.person_id == actor.person_id
    ):
        raise Invalid("delegate", "代办人应为本单位另一人的有效账号", pointer="/to_account_id")
    row = ApprovalDelegation(
        from_account=actor.account_id,
        from_person=actor.person_id,
        to_account=account.id,
        to_person=account.person_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        created_at=utcnow(),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "orders.delegation.made", "approval_delegation", row.id)
    return row


def revoke(session: Session, actor: Actor, delegation_id: uuid.UUID) -> ApprovalDelegation:
    """End an own delegation at once. NotFound for somebody else's, Conflict (`delegation_over`) for one that ended."""
    row = session.get(ApprovalDelegation, delegation_id)
    if row is None or row.from_account != actor.account_id:
        raise NotFound
    now = utcnow()
    changed = session.scalar(
        update(ApprovalDelegation)
        .where(
            ApprovalDelegation.id == delegation_id,
            ApprovalDelegation.revoked_at.is_(None),
            ApprovalDelegation.ends_at > now,
        )
        .values(revoked_at=now)
        .returning(ApprovalDelegation.id)
    )
    if changed is None:
        raise Conflict("delegation_over", "该代办已结束")
    session.refresh(row)
    audit.record(session, actor, "orders.delegation.revoked", "approval_delegation", row.id)
    return row


def delegations(actor: Actor) -> Select[ApprovalDelegation]:
    """Those that the actor gave or was given, unsorted, for a paged list."""
    return select(ApprovalDelegation).where(
        or_(
            ApprovalDelegation.from_account == actor.account_id,
            ApprovalDelegation.to_account == actor.account_id,
        )
    )


def stand_in_for(session: Session, actor: Actor) -> list[Actor]:
    """The active accounts in whose place the actor may decide now, with what they hold now."""
    accounts = session.scalars(
        select(ApprovalDelegation.from_account)
        .where(*_in_force(actor))
        .distinct()
        .order_by(ApprovalDelegation.from_account)
    ).all()
    found = [identity.actor_of_id(session, account) for account in accounts]
    return [one for one in found if one is not None]


def roles_stood_in_for(actor: Actor) -> Select[uuid.UUID, uuid.UUID, str | None, uuid.UUID | None]:
    """The same as a statement: rows (account_id, person_id, role, organisation_id), one for each role that is held there now."""
    return (
        select(
            Account.id.label("account_id"),
            Account.person_id,
            Grant.role.label("role"),
            Grant.organisation_id.label("organisation_id"),
        )
        .join(ApprovalDelegation, ApprovalDelegation.from_account == Account.id)
        .outerjoin(Grant, and_(Grant.account_id == Account.id, Grant.ended_at.is_(None)))
        .where(Account.status == "active", *_in_force(actor))
    )


def _in_force(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Delegations to the actor that hold when it is asked: a statement may be kept."""
    return (
        ApprovalDelegation.to_account == actor.account_id,
        ApprovalDelegation.revoked_at.is_(None),
        ApprovalDelegation.starts_at <= _NOW,
        ApprovalDelegation.ends_at > _NOW,
    )
