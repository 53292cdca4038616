"""Roles: who may hold what, and that races cannot give one person two that exclude each other."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.models import Account, Grant
from marketplace.accounts.service import grants, identity, organisations, people
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core.actor import Actor, system_actor
from marketplace.core.db import Database, transaction
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound

SYSTEM = system_actor()


def _account(session: Session, login: str, person_id: uuid.UUID | None = None) -> Account:
    person = person_id or people.add_person(session, SYSTEM, login).id
    return people.open_account(session, SYSTEM, person, login).account


def _open(session: Session) -> list[tuple[str, str]]:
    return [
        (grant.role, grant.area_code)
        for grant in session.scalars(select(Grant).where(Grant.ended_at.is_(None)).order_by(Grant.role))
    ]


@pytest.fixture
def admin(session: Session) -> Actor:
    account = _account(session, "security")
    grants.grant(session, SYSTEM, account.id, "security_admin", "440000")
    actor = identity.actor_of_account(session, "security")
    assert actor is not None
    return actor


def test_a_role_reaches_the_actor_until_it_ends(session: Session, admin: Actor) -> None:
    account = _account(session, "clerk")
    granted = grants.grant(session, admin, account.id, "county_officer", "441403000000")
    actor = identity.actor_of_account(session, "clerk")
    assert actor is not None
    assert actor.held == (permissions.held("county_officer", "441403"),)
    grants.end(session, admin, granted.id, "调离")
    after = identity.actor_of_account(session, "clerk")
    assert after is not None
    assert after.held == ()
    with pytest.raises(Conflict) as refusal:
        grants.end(session, admin, granted.id, "调离")
    assert refusal.value.code == "role_ended"
    again = grants.grant(session, admin, account.id, "county_officer", "441403")
    assert again.id != granted.id


def test_the_same_role_twice_is_refused(session: Session, admin: Actor) -> None:
    account = _account(session, "clerk")
    grants.grant(session, admin, account.id, "county_officer", "441403")
    with pytest.raises(AlreadyExists) as refusal, session.begin_nested():
        grants.grant(session, admin, account.id, "county_officer", "441403")
    assert refusal.value.code == "role_held"
    assert _open(session) == [("county_officer", "441403"), ("security_admin", "440000")]


@pytest.mark.parametrize(
    ("role", "area", "owned", "code"),
    [
        ("root", "441403", False, "role"),
        ("buyer", "441403", False, "role_owner"),
        ("county_officer", "441403", True, "role_owner"),
        ("county_officer", "449999", False, "unknown_division"),
    ],
)
def test_a_grant_whose_parts_do_not_fit_is_refused(
    session: Session, admin: Actor, role: str, area: str, owned: bool, code: str
) -> None:
    account = _account(session, "clerk")
    unit = organisations.register(session, SYSTEM, NewOrganisation("producer", "演示合作社", "441403"))
    with pytest.raises(Invalid) as refusal:
        grants.grant(session, admin, account.id, role, area, unit.id if owned else None)
    assert refusal.value.code == code
    assert _open(session) == [("security_admin", "440000")]


def test_nobody_grants_to_the_own_person_or_outside_the_own_area(session: Session, admin: Actor) -> None:
    second = _account(session, "second", admin.person_id)
    with pytest.raises(Forbidden) as refusal:
        grants.grant(session, admin, second.id, "county_officer", "441403")
    assert refusal.value.code == "same_person"
    other = _account(session, "clerk")
    with pytest.raises(Forbidden) as refusal:
        grants.grant(session, admin, other.id, "county_officer", "450922")
    assert refusal.value.code == "out_of_scope"
    with pytest.raises(NotFound):
        grants.grant(session, admin, uuid.UUID(int=5), "county_officer", "441403")
    assert _open(session) == [("security_admin", "440000")]


def test_a_person_with_two_accounts_is_still_one_person(session: Session, admin: Actor) -> None:
    first = _account(session, "first")
    second = _account(session, "second", first.person_id)
    grants.grant(session, admin, first.id, "auditor", "440000")
    for role in ("system_admin", "county_officer"):
        with pytest.raises(Conflict) as refusal:
            grants.grant(session, admin, second.id, role, "440000")
        assert refusal.value.code == "roles_incompatible"
    assert _open(session) == [("auditor", "440000"), ("security_admin", "440000")]


def test_two_grants_at_once_cannot_join_what_excludes_each_other(own_database: Database) -> None:
    with transaction() as session:
        first = _account(session, "first")
        second = _account(session, "second", first.person_id)
    barrier = threading.Barrier(2)
    results: list[str] = []

    def give(account_id: uuid.UUID, role: str) -> None:
        barrier.wait()
        try:
            with transaction() as session:
                grants.grant(session, SYSTEM, account_id, role)
            results.append("granted")
        except Conflict as refusal:
            results.append(refusal.code)

    threads = [
        threading.Thread(target=give, args=args)
        for args in ((first.id, "auditor"), (second.id, "system_admin"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["granted", "roles_incompatible"]
    with transaction() as session:
        assert len(_open(session)) == 1
