"""Several at once, on connections of their own: reporters of one sale, officials over one case, a sale that changes meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db, jobs
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at
from marketplace.core.models import Job
from marketplace.intake.models import DuplicateCase
from marketplace.intake.service.duplicates.decide import decide
from tests.catalogue_world import NOON
from tests.support.books import ledger_breaks
from tests.support.county import make_actor
from tests.support.reporters import Reporter, books, cases, open_reporter
from tests.support.reporting_device import open_cabinet
from tests.support.threads import in_threads, race

Standing = tuple[Reporter, Reporter, list[Actor]]


@pytest.fixture
def standing(own_database: db.Database) -> Standing:
    """A platform, a county and four officials of the province."""
    with db.transaction() as session:
        cabinet = open_cabinet(session)
        platform = open_reporter(cabinet, "platform_832", "platform_832")
        county = open_reporter(cabinet, "hall_offline", "county_register")
        officials = [make_actor(session, "statistician", "440000") for _ in range(4)]
        session.flush()
        session.expunge_all()
    return platform, county, officials


def in_one(work: Callable[[Session], object]) -> None:
    with frozen_at(NOON), db.transaction() as session:
        work(session)


def work_off(threads: int = 4) -> None:
    """Several workers until nothing is left to do, failed jobs included."""

    def worker() -> None:
        with frozen_at(NOON):
            jobs.run_ready()

    # Two that decide of the same orders may end each other; a job is tried so often and no more.
    for _ in range(jobs.MAX_ATTEMPTS):
        in_threads(*[worker] * threads)
        with db.transaction() as session:
            left = session.scalars(select(Job).where(Job.state == "ready", Job.kind.like("intake.%"))).all()
            for job in left:
                job.run_at = NOON
        if not left:
            break


def check(fen: int) -> None:
    with db.transaction() as session:
        left = session.scalars(select(Job.kind).where(Job.state != "done", Job.kind.like("intake.%"))).all()
        assert (list(left), books(session)) == ([], fen)
        assert ledger_breaks(session) == []


@pytest.mark.parametrize("attempt", range(3))
def test_reports_of_the_same_orders_by_two_at_once_count_once(standing: Standing, attempt: int) -> None:
    platform, county, _ = standing
    numbers = range(8)
    for number in numbers:
        in_one(
            lambda session, n=number: replace(platform, session=session).send(  # type: ignore[misc]
                platform.row(f"P{n}"), platform.row(f"P{n + 100}"), sequence=n + 1
            )
        )
        in_one(
            lambda session, n=number: replace(county, session=session).send(  # type: ignore[misc]
                county.row(f"X{n}", 原平台订单编号=f"P{n}"),
                county.row(f"Y{n}", 原平台订单编号=f"P{(n + 3) % 8 + 100}"),
                sequence=n + 1,
            )
        )
    work_off()
    check(16 * 4_900)
    with db.transaction() as session:
        states = session.execute(
            select(DuplicateCase.rule, DuplicateCase.state, func.count()).group_by(
                DuplicateCase.rule, DuplicateCase.state
            )
        ).all()
    assert [tuple(row) for row in states] == [("order_number", "decided", 16)]


def open_case(standing: Standing) -> str:
    platform, county, _ = standing
    sold = {"实付金额(元)": "98.00", "数量": "2"}
    in_one(lambda s: replace(platform, session=s).report(platform.row("P1", **sold)))
    in_one(
        lambda s: replace(county, session=s).report(county.row("X1", **{"金额(元)": "98.00", "数量": "2"}))
    )
    with db.transaction() as session:
        return cases(session)[0].number


def test_of_officials_who_decide_at_once_one_does(standing: Standing) -> None:
    number = open_case(standing)
    officials = standing[2]

    def one(session: Session, place: int) -> None:
        outcome = "confirmed" if place % 2 else "dismissed"
        decide(session, officials[place % 4], number, outcome=outcome, opinion="已核对", after=0)

    assert race(one, 8, NOON) == Counter({"done": 1, "case_changed": 7})
    with db.transaction() as session:
        state = cases(session)[0].state
    work_off()
    check(9_800 if state == "confirmed" else 19_600)


@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.parametrize("who", ["loser", "survivor"])
def test_a_refund_that_comes_while_a_case_is_decided_is_counted_once(
    standing: Standing, who: str, attempt: int
) -> None:
    platform, county, officials = standing
    number = open_case(standing)
    back = {"成交时间": "2020-10-01 10:00:00", "类型": "退款", "退款或更正单号": "R1"}
    if who == "loser":
        in_one(lambda s: replace(county, session=s, sequence=9).send(county.row("X1", **back)))
    else:
        refund = platform.row("P1", 类型="退款", 退款单号="R1", 下单时间="2020-10-01 10:00:00")
        in_one(lambda s: replace(platform, session=s, sequence=9).send(refund))

    def decides() -> None:
        in_one(lambda s: decide(s, officials[0], number, outcome="confirmed", opinion="已核对", after=0))

    def works() -> None:
        with frozen_at(NOON):
            jobs.run_ready()

    in_threads(decides, works, works)
    work_off()
    check(9_800 if who == "loser" else 4_900)


@pytest.mark.parametrize("attempt", range(3))
def test_a_correction_of_the_loser_that_comes_while_a_case_is_decided_leaves_one_sale(
    standing: Standing, attempt: int
) -> None:
    _, county, officials = standing
    number = open_case(standing)
    mended = {"类型": "更正", "退款或更正单号": "K1", "金额(元)": "98.00", "数量": "2", "规格": "五斤"}
    in_one(lambda s: replace(county, session=s, sequence=9).send(county.row("X1", **mended)))

    def decides() -> None:
        in_one(lambda s: decide(s, officials[0], number, outcome="confirmed", opinion="已核对", after=0))

    def works() -> None:
        with frozen_at(NOON):
            jobs.run_ready()

    in_threads(decides, works, works)
    work_off()
    check(9_800)
