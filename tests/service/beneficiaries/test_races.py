"""Threads on real commits: one person, one version, one list; a sale and an approval in one order or the other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.beneficiaries.models import AgreementVersion, Household, PaymentList
from marketplace.beneficiaries.service import (
    Identity,
    NewPaymentList,
    approve_version,
    change_standing,
    draft_version,
    import_list,
    load_households,
    register,
    submit_version,
)
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import DomainError
from marketplace.core.identifiers import build_resident_id
from tests.support.books import Books
from tests.support.county import World, make_world

THREADS = 8
NOON = shanghai(2020, 9, 15, 12)
HEAD = Identity("张三丰", build_resident_id("44140319600101008"))


@pytest.fixture
def world(own_database: db.Database) -> World:
    with db.transaction() as session:
        return make_world(session)


def race(work: Callable[[Session, int], object], threads: int = THREADS) -> Counter[str]:
    """`work` in so many threads at once, each in its own transaction: how often it was done, and each refusal's code."""
    start = threading.Barrier(threads)

    def one(number: int) -> str:
        start.wait()
        try:
            with frozen_at(NOON), db.transaction() as session:
                work(session, number)
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(one, range(threads)))


def rows(model: Any) -> int:
    with db.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def submitted(world: World, from_days: list[date]) -> tuple[str, list[int]]:
    """An agreement with one submitted version for each first day; its number and the version numbers."""
    with db.transaction() as session:
        world.session = session
        numbers = world.households(1)
        agreement = world.agreement()
        versions = []
        for day in from_days:
            drafted = draft_version(
                session, world.clerk, agreement.number, world.version([(numbers[0], 1)], from_day=day)
            )
            submit_version(session, world.clerk, agreement.number, drafted.version)
            versions.append(drafted.version)
    return agreement.number, versions


def approve(session: Session, world: World, number: str, version: int) -> AgreementVersion:
    return approve_version(session, world.officer, number, version, document_no="一", opinion="同意")


def test_one_person_is_registered_once_by_whatever_way(world: World) -> None:
    def work(session: Session, number: int) -> object:
        if number % 2:
            return load_households(session, world.officer, [world.household(head=HEAD)])
        return register(session, world.officer, world.household(head=HEAD))

    outcome = race(work)
    assert outcome["done"] == 1
    assert set(outcome) <= {"done", "person_known", "rows"}
    assert rows(Household) == 1


def test_of_versions_for_the_same_days_one_is_approved(world: World) -> None:
    number, versions = submitted(world, [date(2020, 9, 1)] * THREADS)
    outcome = race(lambda session, i: approve(session, world, number, versions[i]))
    assert outcome == {"done": 1, "agreement_overlap": THREADS - 1}
    with db.transaction() as session:
        approved = sa.select(sa.func.count()).where(AgreementVersion.state == "approved")
        assert session.scalar(approved) == 1


def test_one_version_is_decided_once(world: World) -> None:
    number, versions = submitted(world, [date(2020, 9, 1)])
    outcome = race(lambda session, _: approve(session, world, number, versions[0]))
    assert outcome == {"done": 1, "illegal_transition": THREADS - 1}


def test_the_same_list_is_stored_once(world: World) -> None:
    number, versions = submitted(world, [date(2020, 9, 1)])
    with frozen_at(NOON), db.transaction() as session:
        approve(session, world, number, versions[0])
        household = session.scalars(sa.select(Household.household_no)).one()
    new = NewPaymentList("wages", date(2020, 9, 10), "工资表", [(household, 100)])
    outcome = race(lambda session, _: import_list(session, world.officer, number, new))
    assert outcome == {"done": THREADS}
    assert rows(PaymentList) == 1


def test_a_history_forks_never(world: World) -> None:
    with db.transaction() as session:
        household = load_households(session, world.officer, [world.household()])[0]
    standing = world.standing(from_day=date(2020, 9, 1), members=5)
    outcome = race(lambda session, _: change_standing(session, world.officer, household, standing))
    assert outcome == {"done": 1, "history_order": THREADS - 1}


def sell(session: Session, world: World) -> None:
    books = Books(session, world)
    books.sell(books.line(sold_at=NOON, counted_at=NOON))


def linked_versions() -> list[int]:
    with db.transaction() as session:
        statement = sa.select(Entry.version_no).where(Entry.version_no > 0).order_by(Entry.entry_no)
        return list(session.scalars(statement))


@pytest.mark.parametrize("sale_first", [True, False])
def test_a_sale_uses_the_version_in_force_when_it_commits(world: World, sale_first: bool) -> None:
    number, versions = submitted(world, [date(2020, 9, 1), date(2020, 9, 15)])
    with frozen_at(NOON), db.transaction() as session:
        first = approve(session, world, number, versions[0]).version_no
    later: list[int] = []

    def change(session: Session) -> None:
        later.append(approve(session, world, number, versions[1]).version_no)

    steps = [lambda session: sell(session, world), change]
    begun, other = steps if sale_first else steps[::-1]

    def second() -> None:
        with frozen_at(NOON), db.transaction() as session:
            other(session)

    thread = threading.Thread(target=second)
    with frozen_at(NOON), db.transaction() as session:
        begun(session)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it waits for the month's lock
    thread.join(20)
    assert linked_versions() == [first if sale_first else later[0]]


def test_each_of_many_sales_around_an_approval_has_exactly_one_version(world: World) -> None:
    number, versions = submitted(world, [date(2020, 9, 1), date(2020, 9, 15)])
    with frozen_at(NOON), db.transaction() as session:
        approve(session, world, number, versions[0])

    def work(session: Session, i: int) -> object:
        if i == THREADS // 2:
            return approve(session, world, number, versions[1])
        return sell(session, world)

    assert race(work) == {"done": THREADS}
    assert len(linked_versions()) == THREADS - 1
