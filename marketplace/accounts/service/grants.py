"""Roles held by accounts. Whoever grants cannot use what is granted, and nobody grants to the own person."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.facts import RoleRemoved
from marketplace.accounts.models import Account, Grant, Organisation, Person
from marketplace.core import audit, divisions
from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive, refusing
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from marketplace.core.facts import publish


def grant(
    session: Session,
    actor: Actor,
    account_id: uuid.UUID,
    role: str,
    area_code: str = WHOLE_COUNTRY,
    organisation_id: uuid.UUID | None = None,
) -> Grant:
    """Give an account a role over an area, or for an organisation where the role is of kind ``owner``.

    All accounts of the person count for roles that exclude each other. Raises Invalid (`role`, `role_owner`,
    `unknown_division`), Conflict `roles_incompatible`, AlreadyExists `role_held`, Forbidden `same_person`, NotFound.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound
    area = _checked(session, role, area_code, organisation_id)
    if not actor.is_system:
        actor.require("accounts.grant", area=area)
        actor.require_other_person(account.person_id, what="授权人与被授权人")
    return give(session, actor, account, role, area, organisation_id)


def give(
    session: Session, actor: Actor, account: Account, role: str, area: str, organisation_id: uuid.UUID | None
) -> Grant:
    """As `grant`, of a role that fits, for a use case that has asked for another permission."""
    account_id = account.id
    # The person's row is the lock: two grants to one person are decided one after the other.
    session.execute(select(Person.id).where(Person.id == account.person_id).with_for_update())
    _refuse_incompatible(session, account.person_id, role)
    given = Grant(
        account_id=account_id,
        role=role,
        area_code=area,
        organisation_id=organisation_id,
        granted_by=actor.audit_id,
        granted_at=utcnow(),
    )
    with refusing({"uq_grant_of_role_open": AlreadyExists("role_held", "该账号已有此角色")}):
        session.add(given)
        session.flush()
    audit.record(
        session,
        actor,
        "accounts.role.granted",
        "account",
        account_id,
        area_code=area,
        detail={"role": role, "organisation_id": str(organisation_id) if organisation_id else None},
    )
    return given


def lock_grant(session: Session, grant_id: uuid.UUID) -> None:
    """Whoever ends a role or asks for its handover does so alone, and takes this lock before any row."""
    lock_exclusive(session, "accounts.grant", str(grant_id))


def end(session: Session, actor: Actor, grant_id: uuid.UUID, reason: str) -> None:
    """Take a role away at once, in an emergency; the row stays as history. The usual way is a handover (rules.md, "Handover").

    What its holder leaves behind is listed by who hears `RoleRemoved`. Raises Conflict `role_ended`, NotFound, Forbidden.
    """
    lock_grant(session, grant_id)
    held = session.get(Grant, grant_id)
    if held is None:
        raise NotFound
    actor.require_visible("accounts.grant", area=held.area_code)
    account = session.get_one(Account, held.account_id)
    if account.person_id == actor.person_id:
        raise Forbidden("same_person", "不能收回自己的角色")
    _end(session, actor, held, {"reason": reason, "emergency": True})
    publish(session, RoleRemoved(grant_id, held.account_id, actor, reason))


def end_handed_over(session: Session, actor: Actor, held: Grant, handover_number: str) -> None:
    """End a role whose handover the actor has just accepted. The caller holds `lock_grant`. Raises Conflict `role_ended`."""
    _end(session, actor, held, {"handover": handover_number})


def _end(session: Session, actor: Actor, held: Grant, detail: dict[str, Any]) -> None:
    ended = session.execute(
        update(Grant)
        .where(Grant.id == held.id, Grant.ended_at.is_(None))
        .values(ended_at=utcnow())
        .returning(Grant.id)
    ).all()
    if not ended:
        raise Conflict("role_ended", "该角色已收回")
    audit.record(
        session,
        actor,
        "accounts.role.ended",
        "account",
        held.account_id,
        area_code=held.area_code,
        detail={"role": held.role, **detail},
    )
    session.refresh(held)


def own(session: Session, actor: Actor) -> list[Grant]:
    """The actor's own grants that have not ended, oldest first."""
    return list(
        session.scalars(
            select(Grant)
            .where(Grant.account_id == actor.account_id, Grant.ended_at.is_(None))
            .order_by(Grant.granted_at, Grant.id)
        )
    )


def of_account(session: Session, actor: Actor, account_id: uuid.UUID) -> list[Grant]:
    """All grants of an account, ended ones too, oldest first. Raises NotFound for an account outside the actor's area."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound
    organisation = session.get(Organisation, account.organisation_id) if account.organisation_id else None
    actor.require_visible("accounts.grant", area=organisation.area_code if organisation else None)
    return list(
        session.scalars(
            select(Grant).where(Grant.account_id == account_id).order_by(Grant.granted_at, Grant.id)
        )
    )


def _checked(session: Session, role: str, area_code: str, organisation_id: uuid.UUID | None) -> str:
    """The area in its normal form. Raises Invalid or NotFound when the parts of a grant do not fit."""
    if not permissions.is_role(role):
        raise Invalid("role", "角色不存在", pointer="/role")
    if (permissions.role(role).kind == "owner") != (organisation_id is not None):
        needs = "应指定所属单位" if organisation_id is None else "按辖区授予,不能指定单位"
        raise Invalid("role_owner", f"该角色{needs}", pointer="/organisation_id")
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        raise NotFound
    return area_code if area_code == WHOLE_COUNTRY else divisions.get(area_code).code


def _refuse_incompatible(session: Session, person_id: uuid.UUID, role: str) -> None:
    held = session.scalars(
        select(Grant.role)
        .join(Account, Account.id == Grant.account_id)
        .where(Account.person_id == person_id, Grant.ended_at.is_(None))
    )
    conflicting = permissions.incompatible(frozenset(held), role)
    if conflicting:
        titles = "、".join(permissions.role(code).title_zh for code in sorted(conflicting))
        raise Conflict("roles_incompatible", f"与已有角色不能由同一人担任:{titles}")
