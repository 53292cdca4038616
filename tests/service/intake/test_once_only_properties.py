"""Whatever is told by whom, in which order, corrected, given back, decided wrongly and again: a true sale is in the books once.

True sales are drawn from few parties, amounts and days, so that many look alike. Each is told by some of three reporters, with
or without the platform's number, a little off in its day, at first perhaps with a wrong amount. Months close in between.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.attribution.service.close import close_period
from marketplace.core import db
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import Conflict
from marketplace.intake.models import DuplicateCase
from marketplace.intake.service.board import board_of
from marketplace.intake.service.duplicates.decide import decide
from marketplace.intake.service.duplicates.gone import look_at_gone
from tests.support.books import ledger_breaks
from tests.support.county import make_actor
from tests.support.reporters import BUYER, UNION, Reporter, books, cases, do_follow_ups, open_reporter
from tests.support.reporting_device import open_cabinet

PRICE = 4_900
_CLOSABLE = {
    "2020-09": shanghai(2020, 10, 6),
    "2020-10": shanghai(2020, 11, 6),
    "2020-11": shanghai(2020, 12, 6),
}


@dataclass(frozen=True)
class Told:
    """How one reporter tells a true sale."""

    names_number: bool
    days_late: int
    first_said: int  # units: more than were sold is corrected later


@dataclass(frozen=True)
class TrueSale:
    """What happened: so many boxes to a buyer on a day of September, some given back."""

    day: int
    units: int
    given_back: int
    buyer: str
    platform: bool
    county: Told | None
    helper: Told | None

    @property
    def is_told(self) -> bool:
        return self.platform or self.county is not None or self.helper is not None


def told(units: int) -> st.SearchStrategy[Told | None]:
    said = st.sampled_from([units, units, units, units + 1])
    return st.none() | st.builds(Told, st.booleans(), st.integers(0, 3), said)


@st.composite
def true_sales(draw: st.DrawFn) -> TrueSale:
    units = draw(st.integers(1, 2))
    return TrueSale(
        day=draw(st.integers(20, 22)),
        units=units,
        given_back=draw(st.sampled_from([0, 0, 0, 1, units])),
        buyer=draw(st.sampled_from([BUYER, BUYER, UNION])),
        platform=draw(st.booleans()),
        county=draw(told(units)),
        helper=draw(told(units)),
    )


@dataclass
class Office:
    """The reporters, an official, and a clock; every step is one transaction."""

    platform: Reporter
    county: Reporter
    helper: Reporter
    official: Actor
    now: datetime = field(default_factory=lambda: shanghai(2020, 10, 2, 12))
    closed: int = 0

    @contextmanager
    def step(self) -> Iterator[Session]:
        self.now += timedelta(hours=5)
        with frozen_at(self.now), db.transaction() as session:
            for one in (self.platform, self.county, self.helper):
                one.session, one.channel = session, session.merge(one.channel)
            yield session

    def tell(self, reporter: Reporter, row: dict[str, Any]) -> None:
        with self.step():
            reporter.report(row)

    def close_next(self) -> None:
        period = sorted(_CLOSABLE)[self.closed] if self.closed < len(_CLOSABLE) else None
        if period is not None and self.now > _CLOSABLE[period]:
            with self.step() as session:
                close_period(session, system_actor(), period)
            self.closed += 1

    def decide(self, case: DuplicateCase, outcome: str) -> None:
        """Decide it if it may be decided now; another match must be undone first."""
        try:
            with self.step() as session:
                decide(
                    session,
                    self.official,
                    case.number,
                    outcome=outcome,
                    opinion="已核对",
                    after=case.decisions,
                )
                do_follow_ups(session)
        except Conflict as refused:
            if refused.code != "case_taken":
                raise

    def newest(self) -> list[DuplicateCase]:
        """The last round of each pair, and the last decided one where people still look."""
        with self.step() as session:
            look_at_gone(session)
            found = cases(session)
            session.expunge_all()
        return list({(case.first, case.second): case for case in found}.values())


def is_one(case: DuplicateCase) -> bool:
    """The truth: both sides carry the number of the true sale behind their letter."""
    return bool(case.first_key["order_ref"][1:] == case.second_key["order_ref"][1:])


def rows_of(office: Office, number: int, sale: TrueSale) -> list[tuple[Reporter, dict[str, Any]]]:
    """Everything that is told of a true sale, in the order in which it happens."""
    rows: list[tuple[Reporter, dict[str, Any]]] = []
    if sale.platform:
        row = office.platform.row(
            f"P{number}",
            下单时间=f"2020-09-{sale.day} 09:00:00",
            预算单位统一社会信用代码=sale.buyer,
            **_worth("实付金额(元)", sale.units),
        )
        rows.append((office.platform, row))
        if sale.given_back:
            back = {"类型": "退款", "退款单号": "R", "下单时间": "2020-10-01 09:00:00"}
            rows.append((office.platform, row | back | _worth("实付金额(元)", sale.given_back)))
    for reporter, letter, said in ((office.county, "X", sale.county), (office.helper, "H", sale.helper)):
        if said is None:
            continue
        row = reporter.row(
            f"{letter}{number}",
            成交时间=f"2020-09-{sale.day + said.days_late} 10:00:00",
            采购人统一社会信用代码=sale.buyer,
            原平台订单编号=f"P{number}" if said.names_number else None,
            **_worth("金额(元)", said.first_said),
        )
        rows.append((reporter, row))
        if said.first_said != sale.units:
            mended = {"类型": "更正", "退款或更正单号": "K"}
            rows.append((reporter, row | mended | _worth("金额(元)", sale.units)))
        if sale.given_back:
            back = {"类型": "退款", "退款或更正单号": "R", "成交时间": "2020-10-01 09:00:00"}
            rows.append((reporter, row | back | _worth("金额(元)", sale.given_back)))
    return rows


def _worth(column: str, units: int) -> dict[str, str]:
    return {column: f"{units * PRICE // 100}.00", "数量": str(units)}


def disturb(office: Office, chance: random.Random) -> None:
    """Somebody decides something, right or wrong."""
    newest = office.newest()
    if newest:
        case = chance.choice(newest)
        holds = {"confirmed": True, "decided": True, "dismissed": False}.get(case.state)
        outcome = chance.choice(["confirmed", "dismissed"])
        if holds != (outcome == "confirmed"):
            office.decide(case, outcome)


def by_the_truth(office: Office) -> None:
    """People look at every case until each says what is true."""
    for _ in range(40):
        newest = office.newest()
        wrong = [one for one in newest if one.state in {"confirmed", "decided"} and not is_one(one)]
        others = [one for one in newest if one.state == "open" or (one.state == "dismissed" and is_one(one))]
        if not wrong and not others:
            return
        for case in wrong or others:
            office.decide(case, "confirmed" if is_one(case) else "dismissed")
            if not wrong:
                break  # a decision may have opened or renewed others
    raise AssertionError("the cases do not come to an end")


@pytest.fixture
def database_of_own_transactions(shared_database: db.Database) -> db.Database:
    db.connect(shared_database)
    return shared_database


@contextmanager
def undone(database: db.Database) -> Iterator[None]:
    """One outer transaction for an example, rolled back."""
    with database.engine.connect() as connection:
        outer = connection.begin()
        database.session_options = {"bind": connection, "join_transaction_mode": "create_savepoint"}
        try:
            yield
        finally:
            database.session_options = {"bind": database.engine}
            outer.rollback()


def open_office() -> Office:
    with db.transaction() as session:
        cabinet = open_cabinet(session)
        office = Office(
            open_reporter(cabinet, "platform_832", "platform_832"),
            open_reporter(cabinet, "hall_offline", "county_register", area_code="440106"),
            open_reporter(cabinet, "hall_offline", "county_register", area_code="441403"),
            make_actor(session, "statistician", "440000"),
        )
        session.flush()
        session.expunge_all()
    return office


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sales=st.lists(true_sales(), min_size=1, max_size=5),
    chance=st.randoms(use_true_random=False),
)
def test_each_true_sale_is_in_the_books_once_when_the_cases_say_the_truth(
    database_of_own_transactions: db.Database, sales: list[TrueSale], chance: random.Random
) -> None:
    with undone(database_of_own_transactions):
        office = open_office()
        rows = [one for number, sale in enumerate(sales) for one in rows_of(office, number, sale)]
        chance.shuffle(rows)
        for reporter, row in rows:
            office.tell(reporter, row)
            what = chance.random()
            if what < 0.2:
                office.now += timedelta(days=chance.randint(1, 20))
                office.close_next()
            elif what < 0.5:
                disturb(office, chance)
        by_the_truth(office)
        with office.step() as session:
            expected = sum((sale.units - sale.given_back) * PRICE for sale in sales if sale.is_told)
            assert books(session) == expected
            assert ledger_breaks(session) == []
            for reporter in (office.platform, office.county, office.helper):
                board = board_of(session, system_actor(), reporter.channel.code, "2020-09")
                assert board.difference_fen == 0
