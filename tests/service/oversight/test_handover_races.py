"""Threads on real commits: accepted once, ended once, one list open."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Grant
from marketplace.accounts.service import grants
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import DomainError
from marketplace.core.models import AuditRecord
from marketplace.oversight.handover import service
from marketplace.oversight.handover.models import Handover, HandoverStep
from tests.support.handing_over import Office, open_office

NOW = shanghai(2020, 9, 15, 11)


@pytest.fixture
def office(own_database: db.Database) -> Office:
    with db.transaction() as session:
        return open_office(session)


def race(*works: Callable[[Session], object]) -> Counter[str]:
    """All at once: how often it was done, and each refusal's code."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[Session], object]) -> str:
        start.wait()
        try:
            with frozen_at(NOW), db.transaction() as session:
                work(session)
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(one, works))


def asked(office: Office) -> str:
    with db.transaction() as session:
        return service.ask_for_role(
            session, office.security, office.leaving.grant.id, office.coming.actor.account_id, "轮岗"
        ).number


def standing(office: Office) -> tuple[list[str], bool, int]:
    """Steps of all handovers in order, whether the role has ended, and how often that was written down."""
    with db.transaction() as session:
        taken = session.scalars(select(HandoverStep.step).order_by(HandoverStep.id)).all()
        held = session.get_one(Grant, office.leaving.grant.id)
        written = session.scalar(
            select(func.count()).select_from(AuditRecord).where(AuditRecord.action == "accounts.role.ended")
        )
        return sorted(taken), held.ended_at is not None, written or 0


def test_six_acceptances_at_once_are_one(office: Office) -> None:
    number = asked(office)
    accept = lambda session: service.accept(session, office.coming.actor, number, "同意")  # noqa: E731
    assert race(*[accept] * 6) == {"done": 1, "illegal_transition": 5}
    assert standing(office) == (["accepted", "asked"], True, 1)


def test_acceptance_and_refusal_at_once_leave_one_of_them(office: Office) -> None:
    number = asked(office)
    accept = lambda session: service.accept(session, office.coming.actor, number, "同意")  # noqa: E731
    refuse = lambda session: service.decline(session, office.coming.actor, number, "不同意")  # noqa: E731
    assert race(accept, refuse, accept, refuse) == {"done": 1, "illegal_transition": 3}
    taken, has_ended, written = standing(office)
    assert (taken, has_ended, written) in (
        (["accepted", "asked"], True, 1),
        (["asked", "refused"], False, 0),
    )


def test_a_removal_at_once_and_an_acceptance_end_the_role_once(office: Office) -> None:
    number = asked(office)
    accept = lambda session: service.accept(session, office.coming.actor, number, "同意")  # noqa: E731
    remove = lambda session: grants.end(  # noqa: E731
        session, office.security, office.leaving.grant.id, "紧急收回"
    )
    found = race(accept, remove, remove)
    taken, has_ended, written = standing(office)
    assert (has_ended, written) == (True, 1)
    if "role_removed" in taken:
        assert (found, taken) == ({"done": 2, "role_ended": 1}, ["accepted", "asked", "role_removed"])
    else:
        assert (found, taken) == ({"done": 1, "role_ended": 2}, ["accepted", "asked"])


def test_six_requests_at_once_make_one_list(office: Office) -> None:
    ask = lambda session: service.ask_for_role(  # noqa: E731
        session, office.security, office.leaving.grant.id, office.coming.actor.account_id, "轮岗"
    )
    assert race(*[ask] * 6) == {"done": 1, "handover_open": 5}
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Handover)) == 1
