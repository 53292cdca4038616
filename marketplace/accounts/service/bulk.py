"""Opening many accounts at once: the clerks of a province's counties, from a list.

One statement a table instead of eight an account.  The accounts have no password and cannot sign in until an
administrator resets theirs (`people.reset_password`), which is when one is shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.models import Account, Grant, Organisation, Person
from marketplace.accounts.rules import parse_login
from marketplace.core import audit, divisions
from marketplace.core.actor import WHOLE_COUNTRY, Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, FieldProblem, Invalid, InvalidMany
from marketplace.core.ids import uuid7

_TAKEN = {"uq_account_login": AlreadyExists("login_taken", "登录名已被使用")}


@dataclass(frozen=True)
class NewAccount:
    """A new person with one account and the roles it holds, all over one area or for one organisation.

    `organisation_id` is where the person works; roles of kind ``owner`` are held for it.
    """

    display_name: str
    login: str
    roles: tuple[str, ...]
    area_code: str = WHOLE_COUNTRY
    organisation_id: uuid.UUID | None = None
    opened_by_unit: bool = False


def open_accounts(session: Session, actor: Actor, new: Sequence[NewAccount]) -> list[Actor]:
    """Open an account for each, all or none; return their actors in the order given.

    Raises InvalidMany naming every bad entry (`name`, `login`, `role`, `role_owner`, `unknown_division`,
    `organisation`), Conflict `roles_incompatible`, AlreadyExists `login_taken`, Forbidden.
    """
    homes = _homes(session, new)
    _check(new, homes)
    for one in new:
        area = homes[one.organisation_id] if one.organisation_id else None
        actor.require("accounts.people", area=area)
        actor.require("accounts.grant", area=one.area_code)
    now = utcnow()
    people = [Person(id=uuid7(), display_name=one.display_name.strip(), created_at=now) for one in new]
    accounts = [
        Account(
            id=uuid7(),
            person_id=person.id,
            organisation_id=one.organisation_id,
            login=parse_login(one.login),
            opened_by_unit=one.opened_by_unit,
            status="active",
            failed_logins=0,
            created_at=now,
        )
        for one, person in zip(new, people, strict=True)
    ]
    grants = [
        Grant(
            account_id=account.id,
            role=code,
            area_code=one.area_code,
            organisation_id=_owner(one, code),
            granted_by=actor.audit_id,
            granted_at=now,
        )
        for one, account in zip(new, accounts, strict=True)
        for code in one.roles
    ]
    session.add_all(people)
    session.flush()
    with refusing(_TAKEN):
        session.add_all(accounts)
        session.flush()
    session.add_all(grants)
    for one, account in zip(new, accounts, strict=True):
        audit.record(
            session, actor, "accounts.account.opened", "account", account.id,
            area_code=one.area_code, detail={"roles": list(one.roles), "opened_by_unit": one.opened_by_unit},
        )  # fmt: skip
    session.flush()
    return [
        Actor(
            account_id=account.id,
            person_id=account.person_id,
            organisation_id=account.organisation_id,
            held=tuple(permissions.held(code, one.area_code, _owner(one, code)) for code in one.roles),
            opened_by_unit=one.opened_by_unit,
        )
        for one, account in zip(new, accounts, strict=True)
    ]


def _owner(one: NewAccount, role: str) -> uuid.UUID | None:
    return one.organisation_id if permissions.role(role).kind == "owner" else None


def _homes(session: Session, new: Sequence[NewAccount]) -> dict[uuid.UUID | None, str]:
    """The area of every organisation named."""
    ids = {one.organisation_id for one in new if one.organisation_id}
    rows = session.execute(
        select(Organisation.id, Organisation.area_code).where(Organisation.id.in_(sorted(ids)))
    )
    return {row.id: row.area_code for row in rows}


def _check(new: Sequence[NewAccount], homes: dict[uuid.UUID | None, str]) -> None:
    problems: list[FieldProblem] = []
    for position, one in enumerate(new):
        where = f"/{position}"
        if not one.display_name.strip():
            problems.append(FieldProblem(f"{where}/display_name", "name", "名称不能为空"))
        try:
            parse_login(one.login)
        except Invalid as error:
            problems.append(FieldProblem(f"{where}/login", error.code, error.detail))
        if one.organisation_id is not None and one.organisation_id not in homes:
            problems.append(FieldProblem(f"{where}/organisation_id", "organisation", "没有这个单位"))
        if one.area_code != WHOLE_COUNTRY and not divisions.is_known(one.area_code):
            problems.append(FieldProblem(f"{where}/area_code", "unknown_division", "没有这个行政区划代码"))
        problems += _role_problems(one, where)
    if problems:
        raise InvalidMany("invalid", "账号名单不符合要求", fields=problems)


def _role_problems(one: NewAccount, where: str) -> list[FieldProblem]:
    unknown = [code for code in one.roles if not permissions.is_role(code)]
    if unknown or not one.roles:
        return [FieldProblem(f"{where}/roles", "role", "角色不存在")]
    kinds = {permissions.role(code).kind for code in one.roles}
    if "owner" in kinds and one.organisation_id is None:
        return [FieldProblem(f"{where}/organisation_id", "role_owner", "应指定所属单位")]
    for code in one.roles:
        if permissions.incompatible(frozenset(one.roles) - {code}, code):
            raise Conflict("roles_incompatible", "所列角色不能由同一人担任")
    return []
