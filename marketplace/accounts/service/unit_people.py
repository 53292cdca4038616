"""Accounts of a unit and what is below it (子账号), kept by its manager: opened with one buying role, disabled, enabled, reset.

Only buying roles: a manager neither makes managers nor touches an account that holds anything else or reaches elsewhere.
"""

from __future__ import annotations

import uuid
from typing import Any, Final, cast

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Grant, Organisation, Person
from marketplace.accounts.service import grants, people, places
from marketplace.accounts.service.people import OpenedAccount
from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.core.clock import today
from marketplace.core.errors import Forbidden, Invalid, NotFound

BUYING_ROLES: Final = ("buyer", "buyer_reviewer", "buyer_finance")
PERMISSION: Final = "accounts.unit_people"


def open_unit_account(
    session: Session,
    actor: Actor,
    organisation_id: uuid.UUID,
    *,
    display_name: str,
    login: str,
    role: str,
    phone: str | None = None,
    mail: str | None = None,
) -> OpenedAccount:
    """A new person with an account of the unit (opened by it: 先货后款 may be used) and one buying role there.

    Invalid (`role`, `login`, `name`, `mobile_shape`, `mail`), AlreadyExists (`login_taken`), NotFound beyond the own branch.
    """
    if role not in BUYING_ROLES:
        raise Invalid("role", "只能授予采购经办、审核或财务角色", pointer="/role")
    organisation = _managed(session, actor, organisation_id)
    person = people.new_person(session, actor, display_name, phone=phone, mail=mail)
    opened = people.new_account(session, actor, person.id, login, organisation, opened_by_unit=True)
    grants.give(session, actor, opened.account, role, WHOLE_COUNTRY, organisation.id)
    return opened


def disable_unit_account(session: Session, actor: Actor, account_id: uuid.UUID) -> None:
    """Disable an account; its sessions and tokens are dead with the commit. Conflict (`account_status`), Forbidden, NotFound."""
    people.switch(session, actor, _kept(session, actor, account_id), "active", "disabled")


def enable_unit_account(session: Session, actor: Actor, account_id: uuid.UUID) -> None:
    """Enable a disabled account. Raises as `disable_unit_account`."""
    people.switch(session, actor, _kept(session, actor, account_id), "disabled", "active")


def reset_unit_password(session: Session, actor: Actor, account_id: uuid.UUID) -> OpenedAccount:
    """Replace a forgotten password by a random one, returned once."""
    return people.new_secret(session, actor, _kept(session, actor, account_id))


def unit_accounts(session: Session, actor: Actor) -> Select[Any]:
    """(account, name of the person, role) of the units that the actor manages, unsorted, for a list paged by account and role."""
    mine = {held.organisation_id for held in actor.holding(PERMISSION)} - {None}
    units = {one for key in mine if key for one in places.descendants(session, key, today())}
    found: Any = (
        select(
            Account.id,
            Account.organisation_id,
            Account.login,
            Account.status,
            Person.display_name,
            Grant.role,
            Grant.id.label("grant_id"),
        )
        .join(Person, Person.id == Account.person_id)
        .join(Grant, Grant.account_id == Account.id)
        .where(
            Account.organisation_id.in_(units),
            Grant.ended_at.is_(None),
            Grant.role.in_(BUYING_ROLES),
        )
    )
    return cast("Select[Any]", found)


def colleagues(session: Session, actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """(account, name of the person) of the other people who act for the actor's own organisation with a buying role now."""
    rows = session.execute(
        select(Account.id, Person.display_name)
        .join(Person, Person.id == Account.person_id)
        .where(
            Account.organisation_id == actor.organisation_id,
            Account.status == "active",
            Account.person_id != actor.person_id,
            exists().where(
                Grant.account_id == Account.id, Grant.ended_at.is_(None), Grant.role.in_(BUYING_ROLES)
            ),
        )
        .order_by(Person.display_name, Account.id)
    )
    return [(row.id, row.display_name) for row in rows]


def units_managed(session: Session, actor: Actor) -> list[uuid.UUID]:
    """The organisations for which the actor may open accounts today: those that it manages and what is below them."""
    mine = {held.organisation_id for held in actor.holding(PERMISSION)}
    return sorted({one for key in mine if key for one in (key, *places.descendants(session, key, today()))})


def _managed(session: Session, actor: Actor, organisation_id: uuid.UUID) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None or found.status != "active":
        raise NotFound
    actor.require_visible(PERMISSION, area=found.area_code, owners=places.upward(session, found.id))
    return found


def _kept(session: Session, actor: Actor, account_id: uuid.UUID) -> Account:
    account = session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one_or_none()
    if account is None or account.organisation_id is None:
        raise NotFound
    _managed(session, actor, account.organisation_id)
    if account.person_id == actor.person_id:
        raise Forbidden("same_person", "不能管理自己的账号")
    held = session.scalars(select(Grant).where(Grant.account_id == account.id, Grant.ended_at.is_(None)))
    if any(one.role not in BUYING_ROLES or one.organisation_id != account.organisation_id for one in held):
        raise Forbidden("out_of_scope", "该账号还有其他角色，应由安全管理员办理")
    return account
