"""Threads on real commits: one version on its way, one step of it, one notice a unit."""

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

from marketplace.accounts.models import InboxNotice
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import DomainError
from marketplace.statistics.declarations import filing, steps
from marketplace.statistics.declarations.filing import Content
from marketplace.statistics.declarations.models import Declaration, DeclarationStep, ReportingUnit
from marketplace.statistics.declarations.reminders import remind_of_last_month
from marketplace.statistics.declarations.units import NewUnit, register_unit
from tests.support.county import make_world
from tests.support.reporting import COUNTY, FIGURES, PERIOD, Reporting, make_reporting, organisation

THREADS = 6
OVERDUE = shanghai(2020, 10, 6, 9)


@pytest.fixture
def reporting(own_database: db.Database) -> Reporting:
    with db.transaction() as session:
        return make_reporting(make_world(session))


def race(work: Callable[[Session], object]) -> Counter[str]:
    """`work` in so many threads at once: how often it was done, and each refusal's code."""
    start = threading.Barrier(THREADS)

    def one(_number: int) -> str:
        start.wait()
        try:
            with frozen_at(OVERDUE), db.transaction() as session:
                work(session)
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, range(THREADS)))


def stored(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_of_many_who_begin_one_month_one_does(reporting: Reporting) -> None:
    county = reporting.county
    done = race(lambda session: filing.draft(session, county.clerk, county.unit.id, PERIOD, Content(FIGURES)))
    assert done == {"done": 1, "declaration_open": THREADS - 1}
    assert (stored(Declaration), stored(DeclarationStep)) == (1, 1)


def test_of_many_who_submit_one_draft_one_does(reporting: Reporting) -> None:
    county = reporting.county
    with frozen_at(OVERDUE), db.transaction() as session:
        drafted = filing.draft(session, county.clerk, county.unit.id, PERIOD, Content(FIGURES)).id
    done = race(lambda session: steps.submit(session, county.clerk, drafted))
    assert done == {"done": 1, "illegal_transition": THREADS - 1}
    assert stored(DeclarationStep) == 2


def test_of_many_who_lay_one_duty_one_does(reporting: Reporting) -> None:
    with db.transaction() as session:
        body = organisation(session, "新单位(演示)", COUNTY).id
    new = NewUnit(body, COUNTY, "R3", date(2020, 9, 1), 5)
    before = stored(ReportingUnit)
    done = race(lambda session: register_unit(session, system_actor(), new))
    assert done == {"done": 1, "reporting_unit_known": THREADS - 1}
    assert stored(ReportingUnit) == before + 1


def test_several_workers_remind_a_unit_once(reporting: Reporting) -> None:
    assert race(remind_of_last_month) == {"done": THREADS}
    assert stored(InboxNotice) == 4
