"""Threads on real commits: whoever is first, every fen stands in one month, once, and verification finds nothing."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.attribution.models import AgreementStatement, Entry, HouseholdStatement, Period
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.models import AgreementVersion
from marketplace.beneficiaries.service import (
    Coverage,
    approve_version,
    draft_version,
    end_version,
    submit_version,
)
from marketplace.certification.facts import CertificateRevoked
from marketplace.certification.models import Certificate
from marketplace.core import db, facts
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import DomainError
from marketplace.core.ids import uuid7
from marketplace.orders.facts import CountedLine, LinesReversed, ReversedLine
from tests.support.books import Books, ledger_breaks
from tests.support.county import COUNTY, World, make_world

IN_SEPTEMBER = shanghai(2020, 9, 15, 10)
CLOSING = shanghai(2020, 10, 5, 9)
CLOSING_OCTOBER = shanghai(2020, 11, 5, 9)


@pytest.fixture
def world(own_database: db.Database) -> World:
    with frozen_at(IN_SEPTEMBER), db.transaction() as session:
        return make_world(session)


def at_once(works: list[Callable[[Session], object]], at: datetime = CLOSING) -> Counter[str]:
    """All at once, each in its own thread and transaction: how often it was done, and each refusal's code."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[Session], object]) -> str:
        start.wait()
        try:
            with frozen_at(at), db.transaction() as session:
                work(session)
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(one, works))


def first_then(
    begun: Callable[[Session], object], other: Callable[[Session], object], at: datetime = CLOSING
) -> None:
    """`begun` holds its transaction open until `other` waits for it (or is through); then both end."""

    def second() -> None:
        with frozen_at(at), db.transaction() as session:
            other(session)

    thread = threading.Thread(target=second)
    with frozen_at(at), db.transaction() as session:
        begun(session)
        thread.start()
        thread.join(0.3)
    thread.join(20)
    assert not thread.is_alive()


def in_september(work: Callable[[Session], Any]) -> Any:
    with frozen_at(IN_SEPTEMBER), db.transaction() as session:
        return work(session)


def agreed(world: World, households: int = 7, **changes: Any) -> tuple[str, int]:
    """An approved agreement over the whole product; its number and the version's number in the ledger."""

    def work(session: Session) -> tuple[str, int]:
        world.session = session
        roster = [(number, 1) for number in world.households(households)]
        coverage = [Coverage(world.product.id, 10_000, "raw_material", "收购台账")]
        agreement = world.agreement()
        row = world.approved(agreement, world.version(roster, products=coverage, **changes))
        return agreement.number, row.version_no

    found: tuple[str, int] = in_september(work)
    return found


def sold(world: World, line: CountedLine | None = None, **changes: Any) -> CountedLine:
    books = Books(world.session, world)
    made = line or books.line(**changes)
    in_september(lambda session: Books(session, world).sell(made))
    return made


def closing(period: str) -> Callable[[Session], object]:
    return lambda session: close_period(session, None, period)


def refunding(
    world: World, line: CountedLine, fen: int, at: datetime, event_id: uuid.UUID | None = None
) -> Callable[[Session], object]:
    event = event_id or uuid7()
    return lambda session: Books(session, world).take_back(line, fen, 0, at, event)


def by_period(kind: str | None = None) -> dict[str, int]:
    with db.transaction() as session:
        statement = sa.select(Entry.period, sa.func.sum(Entry.sale_fen)).group_by(Entry.period)
        if kind is not None:
            statement = statement.where(Entry.kind == kind)
        return {period: int(fen) for period, fen in session.execute(statement)}


def assert_sound() -> None:
    with db.transaction() as session:
        assert ledger_breaks(session) == []
        for row in session.scalars(sa.select(Period)):
            assert row.sale_fen == by_period().get(row.period, 0)


def test_a_late_refund_beside_the_close_stands_in_one_month_and_the_report_is_the_ledger(
    world: World,
) -> None:
    agreed(world)
    lines = [sold(world) for _ in range(9)]
    late = shanghai(2020, 9, 30, 23)
    works = [refunding(world, line, 4_900, late) for line in lines]
    outcome = at_once([*works[:5], closing("2020-09"), *works[5:]])
    assert outcome == {"done": 10}
    refunds = by_period("refund")
    assert sum(refunds.values()) == -9 * 4_900
    assert set(refunds) <= {"2020-09", "2020-10"}
    with db.transaction() as session:
        row = session.get_one(Period, "2020-09")
        assert row.sale_fen == 9 * 9_800 + refunds.get("2020-09", 0)
        adjusting = session.scalars(sa.select(Entry.adjusts_period).where(Entry.period == "2020-10")).all()
        assert adjusting == ["2020-09"] * (-refunds.get("2020-10", 0) // 4_900)
    with frozen_at(CLOSING_OCTOBER), db.transaction() as session:
        close_period(session, None, "2020-10")
    with db.transaction() as session:
        owed = session.scalar(sa.select(sa.func.sum(HouseholdStatement.benefit_fen)))
        assert owed == 9 * 490
    assert_sound()


@pytest.mark.parametrize(("refund_first", "month"), [(True, "2020-09"), (False, "2020-10")])
def test_whoever_is_first_decides_the_month_of_a_late_refund(
    world: World, refund_first: bool, month: str
) -> None:
    agreed(world)
    line = sold(world)
    pair = [refunding(world, line, 4_900, shanghai(2020, 9, 30)), closing("2020-09")]
    first_then(*(pair if refund_first else reversed(pair)))
    assert by_period("refund") == {month: -4_900}
    assert_sound()


def test_ten_closes_at_once_close_once_and_write_one_set_of_statements(world: World) -> None:
    agreed(world, households=226)
    sold(world)
    assert at_once([closing("2020-09")] * 10) == {"done": 1, "period_closed": 9}
    with db.transaction() as session:
        assert session.scalars(sa.select(Period.period)).all() == ["2020-09"]
        assert session.scalar(sa.select(sa.func.count()).select_from(AgreementStatement)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(HouseholdStatement)) == 226
        assert session.scalar(sa.select(sa.func.sum(HouseholdStatement.benefit_fen))) == 980
    assert_sound()


def test_lines_that_count_beside_the_close_stand_in_it_or_in_the_next_month(world: World) -> None:
    agreed(world)
    sold(world)
    late = shanghai(2020, 9, 30, 23)

    def selling(session: Session) -> object:
        books = Books(session, world)
        return books.sell(books.line(counted_at=late))

    assert at_once([*[selling] * 5, closing("2020-09"), *[selling] * 4]) == {"done": 10}
    with db.transaction() as session:
        rows = session.execute(sa.select(Entry.period, Entry.adjusts_period)).all()
        closed = session.get_one(Period, "2020-09").entries or 0
    assert Counter(rows) == {
        key: n for key, n in {("2020-09", None): closed, ("2020-10", "2020-09"): 10 - closed}.items() if n
    }
    assert_sound()


def test_a_sale_of_an_earlier_month_keeps_the_first_close_waiting_and_makes_it_refuse(world: World) -> None:
    """Before the first close no order of months protects an earlier one."""
    started = threading.Event()
    refused: list[str] = []

    def close_october() -> None:
        started.set()
        try:
            with frozen_at(CLOSING_OCTOBER), db.transaction() as session:
                close_period(session, None, "2020-10")
        except DomainError as error:
            refused.append(error.code)

    thread = threading.Thread(target=close_october)
    with frozen_at(IN_SEPTEMBER), db.transaction() as session:
        books = Books(session, world)
        books.sell(books.line())
        thread.start()
        started.wait(5)
        thread.join(0.5)
        assert thread.is_alive()  # it waits for the beginning of the books
    thread.join(20)
    assert refused == ["earlier_period_open"]
    assert by_period() == {"2020-09": 9_800}
    assert_sound()


def test_the_same_sale_and_the_same_refund_in_twenty_threads_stand_once(world: World) -> None:
    agreed(world)
    books = Books(world.session, world)
    line, sale, refund = books.line(), uuid7(), uuid7()

    def selling(session: Session) -> object:
        return Books(session, world).sell(line, sale)

    assert at_once([selling] * 20, IN_SEPTEMBER) == {"done": 20}
    assert by_period() == {"2020-09": 9_800}
    works = [refunding(world, line, 4_900, shanghai(2020, 9, 20), refund)] * 20
    assert at_once(works, shanghai(2020, 9, 20)) == {"done": 20}
    assert by_period() == {"2020-09": 4_900}
    with db.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 2
    assert_sound()


def test_part_refunds_of_one_line_at_once_never_take_back_more_than_it_has(world: World) -> None:
    agreed(world)
    line = sold(world)
    works = [refunding(world, line, 4_900, shanghai(2020, 9, 20)) for _ in range(3)]
    start = threading.Barrier(3)

    def one(work: Callable[[Session], object]) -> str:
        start.wait()
        try:
            with frozen_at(shanghai(2020, 9, 20)), db.transaction() as session:
                work(session)
        except ValueError:
            return "too much"
        return "done"

    with ThreadPoolExecutor(3) as pool:
        assert Counter(pool.map(one, works)) == {"done": 2, "too much": 1}
    assert by_period() == {"2020-09": 0}
    assert_sound()


def second_version(world: World, number: str, from_day: date) -> Callable[[Session], object]:
    """A submitted second version of an agreement, and what approves it."""

    def draft(session: Session) -> int:
        world.session = session
        roster = [(household, 1) for household in world.households(3)]
        coverage = [Coverage(world.product.id, 10_000, "raw_material", "收购台账")]
        new = world.version(roster, products=coverage, from_day=from_day)
        row = draft_version(session, world.clerk, number, new)
        submit_version(session, world.clerk, number, row.version)
        return row.version

    version = in_september(draft)
    return lambda session: approve_version(
        session, world.officer, number, version, document_no="二", opinion="同意"
    )


def versions_by_line() -> dict[uuid.UUID, list[int]]:
    with db.transaction() as session:
        found: dict[uuid.UUID, list[int]] = {}
        for line_id, version_no in session.execute(sa.select(Entry.line_id, Entry.version_no)):
            found.setdefault(line_id, []).append(version_no)
        return found


def test_sales_around_a_change_of_the_agreement_have_the_version_of_their_day(world: World) -> None:
    number, old = agreed(world)
    change = second_version(world, number, date(2020, 9, 20))

    def selling(day: int) -> Callable[[Session], object]:
        def work(session: Session) -> object:
            books = Books(session, world)
            instant = shanghai(2020, 9, day, 8)
            return books.sell(books.line(day, sold_at=instant, counted_at=instant))

        return work

    works = [selling(day) for day in (10, 11, 18, 19)]
    assert at_once([*works[:2], change, *works[2:]], shanghai(2020, 9, 19, 12)) == {"done": 5}
    later = [selling(20), selling(21)]
    assert at_once(later, shanghai(2020, 9, 21, 12)) == {"done": 2}
    with db.transaction() as session:
        new = session.scalar(sa.select(sa.func.max(AgreementVersion.version_no)))
        found = session.execute(sa.select(Entry.sale_fen, Entry.version_no)).all()
    assert dict(found) == {10: old, 11: old, 18: old, 19: old, 20: new, 21: new}
    assert_sound()


@pytest.mark.parametrize("sale_first", [True, False])
@pytest.mark.parametrize("ending", [True, False])
def test_a_change_back_to_an_earlier_day_leaves_what_was_sold_and_verification_knows_why(
    world: World, sale_first: bool, ending: bool
) -> None:
    number, old = agreed(world)
    if ending:

        def change(session: Session) -> object:
            return end_version(session, world.officer, number, 1, to_day=date(2020, 9, 12), document_no="三")
    else:
        change = second_version(world, number, date(2020, 9, 12))  # type: ignore[assignment]

    def selling(session: Session) -> object:
        books = Books(session, world)
        return books.sell(books.line())

    pair = [selling, change]
    first_then(*(pair if sale_first else reversed(pair)), at=IN_SEPTEMBER)
    expected = old if sale_first else 0 if ending else old + 1
    assert list(versions_by_line().values()) == [[expected]]
    assert_sound()


def test_a_replay_after_the_agreement_changed_adds_nothing(world: World) -> None:
    number, old = agreed(world)
    books = Books(world.session, world)
    line, event = books.line(), uuid7()
    in_september(lambda session: Books(session, world).sell(line, event))
    in_september(second_version(world, number, date(2020, 9, 12)))
    in_september(lambda session: Books(session, world).sell(line, event))
    assert versions_by_line() == {line.line_id: [old]}
    assert by_period() == {"2020-09": 9_800}
    assert_sound()


def certified(world: World) -> Certificate:
    def work(session: Session) -> Certificate:
        row = Certificate(
            catalogue_no="441403-2020-01-0001",
            scheme="city_local",
            batch="01",
            product_id=world.product.id,
            producer_id=world.producer.id,
            area_code=COUNTY,
            product_name=world.product.name,
            spec=world.product.spec,
            category_code=world.product.category_code,
            valid_from=date(2020, 9, 1),
            valid_to=date(2022, 8, 31),
            issued_at=IN_SEPTEMBER,
        )
        session.add(row)
        session.flush()
        return row

    row: Certificate = in_september(work)
    return row


def revoking(certificate: Certificate, at: datetime) -> Callable[[Session], object]:
    """What the certification slice does: the row locked, then the fact, in one transaction."""

    def work(session: Session) -> None:
        row = session.get_one(Certificate, certificate.id, with_for_update=True, populate_existing=True)
        row.revoked_at, row.void_from, row.revocation_cause = at, shanghai(2020, 9, 10), "origin_fraud"
        session.flush()
        facts.publish(
            session,
            CertificateRevoked(
                certificate_id=row.id,
                product_id=row.product_id,
                producer_id=row.producer_id,
                scheme=row.scheme,
                revoked_at=at,
                void_from=shanghai(2020, 9, 10),
                cause="origin_fraud",
            ),
        )

    return work


def by_class() -> dict[str, int]:
    with db.transaction() as session:
        rows = session.execute(
            sa.select(Entry.goods_class, sa.func.sum(Entry.sale_fen)).group_by(Entry.goods_class)
        )
        return {name: int(fen) for name, fen in rows}


def test_revocation_beside_refunds_of_the_same_lines_leaves_nothing_as_aid(world: World) -> None:
    agreed(world)
    certificate = certified(world)
    lines = [sold(world, certificate_id=certificate.id) for _ in range(8)]
    now = shanghai(2020, 9, 20)
    works = [refunding(world, line, 4_900, now) for line in lines]
    assert at_once([*works[:4], revoking(certificate, now), *works[4:]], now) == {"done": 9}
    assert by_class() == {"certified_aid": 0, "area_produce": 8 * 4_900}
    assert by_period() == {"2020-09": 8 * 4_900}
    with frozen_at(CLOSING), db.transaction() as session:
        assert close_period(session, None, "2020-09").benefit_fen == 8 * 490
    assert_sound()


def test_lines_that_count_beside_or_after_a_retroactive_revocation_are_not_aid(world: World) -> None:
    agreed(world)
    certificate = certified(world)
    now = shanghai(2020, 9, 20)

    def selling(session: Session) -> object:
        books = Books(session, world)
        return books.sell(books.line(certificate_id=certificate.id, counted_at=now))

    assert at_once([*[selling] * 4, revoking(certificate, now), *[selling] * 4], now) == {"done": 9}
    with frozen_at(now), db.transaction() as session:
        selling(session)
    found = by_class()
    assert (found.get("certified_aid", 0), found["area_produce"]) == (0, 9 * 9_800)
    assert_sound()


def test_a_replay_after_the_revocation_adds_nothing(world: World) -> None:
    certificate = certified(world)
    line, event = Books(world.session, world).line(certificate_id=certificate.id), uuid7()
    in_september(lambda session: Books(session, world).sell(line, event))
    now = shanghai(2020, 9, 20)
    with frozen_at(now), db.transaction() as session:
        revoking(certificate, now)(session)
        Books(session, world).sell(line, event)
    assert by_class() == {"certified_aid": 0, "area_produce": 9_800}
    assert_sound()


def test_a_part_of_a_line_said_twice_in_one_refund_goes_back_twice(world: World) -> None:
    line = sold(world)
    part = ReversedLine(
        line_id=line.line_id, product_id=line.product_id, sale_fen=4_900, quantity_milli=1_000, weight_g=2_500
    )
    fact = LinesReversed(
        source="order",
        event_id=uuid7(),
        reversed_at=shanghai(2020, 9, 20),
        reason="return",
        lines=(part, part),
    )
    in_september(lambda session: facts.publish(session, fact))
    in_september(lambda session: facts.publish(session, fact))
    assert by_period() == {"2020-09": 0}
    assert_sound()


def test_what_was_never_counted_cannot_go_back(world: World) -> None:
    line = Books(world.session, world).line()
    with pytest.raises(ValueError, match="never counted"):
        in_september(refunding(world, line, 100, shanghai(2020, 9, 20)))
    assert by_period() == {}
