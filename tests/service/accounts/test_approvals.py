"""An approval is decided once and spent once, whoever tries at the same moment."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.models import Account, Approval, Person
from marketplace.accounts.service import approvals
from marketplace.accounts.service.approvals import Request
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import Database, constraint_of, transaction
from marketplace.core.errors import Conflict, DomainError, Invalid

EXPORT = Request(
    action="mass_export",
    subject_kind="export",
    subject_id="R3-2020-09",
    area_code="441403",
    payload={"rows": 12_000},
    reason="省厅核查",
)


def _actor(session: Session, role: str) -> Actor:
    person = Person(display_name=role, created_at=utcnow())
    session.add(person)
    session.flush()
    account = Account(person_id=person.id, login=f"a{uuid.uuid4().hex[:12]}", created_at=utcnow())
    session.add(account)
    session.flush()
    return Actor(account.id, person.id, held=(permissions.held(role, "440000"),))


def _at_once(count: int, act: Callable[[], object]) -> list[str]:
    barrier = threading.Barrier(count)
    results: list[str] = []

    def run() -> None:
        barrier.wait()
        try:
            act()
            results.append("done")
        except DomainError as refusal:
            results.append(refusal.code)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def test_twenty_askers_of_the_same_thing_get_one_request(own_database: Database) -> None:
    with transaction() as session:
        asker = _actor(session, "statistician")

    def ask() -> None:
        with transaction() as session:
            approvals.ask(session, asker, EXPORT)

    assert _at_once(20, ask) == ["approval_pending"] * 19 + ["done"]
    with transaction() as session:
        assert session.scalars(select(Approval.state)).all() == ["pending"]


def test_twenty_decisions_at_once_are_one_and_twenty_uses_are_one(own_database: Database) -> None:
    with transaction() as session:
        asker, issuer = _actor(session, "statistician"), _actor(session, "issuer")
        approval_id = approvals.ask(session, asker, EXPORT).id

    def decide() -> None:
        with transaction() as session:
            approvals.decide(session, issuer, approval_id, approve=True, opinion="同意")

    assert _at_once(20, decide) == ["approval_decided"] * 19 + ["done"]

    def use() -> None:
        with transaction() as session:
            approvals.use(session, asker, approval_id, "mass_export", EXPORT.subject_id)

    assert _at_once(20, use) == ["approval_missing"] * 19 + ["done"]
    with transaction() as session:
        assert session.scalars(select(Approval.state)).all() == ["used"]


def test_an_approval_serves_only_what_it_was_given_for(session: Session) -> None:
    asker, issuer = _actor(session, "statistician"), _actor(session, "issuer")
    approval = approvals.ask(session, asker, EXPORT)
    with pytest.raises(Conflict):
        approvals.use(session, asker, approval.id, "mass_export", EXPORT.subject_id)
    approvals.decide(session, issuer, approval.id, approve=True, opinion="同意")
    for action, subject in (("mass_export", "R3-2020-10"), ("bank_account_change", EXPORT.subject_id)):
        with pytest.raises(Conflict) as refusal:
            approvals.use(session, asker, approval.id, action, subject)
        assert refusal.value.code == "approval_missing"
    assert approval.state == "approved"


def test_a_refused_request_may_be_made_again_but_not_used(session: Session) -> None:
    asker, issuer = _actor(session, "statistician"), _actor(session, "issuer")
    first = approvals.ask(session, asker, EXPORT)
    approvals.decide(session, issuer, first.id, approve=False, opinion="范围过大")
    with pytest.raises(Conflict):
        approvals.use(session, asker, first.id, "mass_export", EXPORT.subject_id)
    second = approvals.ask(session, asker, EXPORT)
    assert second.id != first.id


def test_an_unknown_action_needs_no_approval_that_could_be_asked(session: Session) -> None:
    with pytest.raises(Invalid):
        approvals.ask(session, _actor(session, "statistician"), Request("party", "x", "1", "441403", {}, "x"))


def test_the_database_itself_refuses_one_person_for_both_sides(session: Session) -> None:
    asker = _actor(session, "statistician")
    approval = approvals.ask(session, asker, EXPORT)
    with pytest.raises(IntegrityError) as refusal, session.begin_nested():
        session.execute(
            update(Approval).where(Approval.id == approval.id).values(decided_by_person=asker.person_id)
        )
    assert constraint_of(refusal.value) == "ck_approval_four_eyes"
