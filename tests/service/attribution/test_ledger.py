"""The worked example of docs/rules.md, §11a: a counter order, its rebate over 226 households, a refund a month later."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.attribution.canonical import GENESIS, chain_hash
from marketplace.attribution.models import AgreementStatement, Entry, HouseholdStatement, Link, Period
from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.attribution.service.read import entries_of_lines
from marketplace.attribution.service.restate import restate_revoked
from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.models import AgreementVersion
from marketplace.beneficiaries.service import Coverage
from marketplace.certification.facts import CertificateRevoked
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import Conflict, PeriodClosed
from marketplace.core.ids import uuid7
from tests.support.books import SOLD_AT, Books, ledger_breaks
from tests.support.county import World

OCTOBER = shanghai(2020, 10, 3, 9)


def figures(session: Session) -> list[tuple[str, str, str | None, int, int, int]]:
    rows = session.scalars(sa.select(Entry).order_by(Entry.entry_no))
    return [(e.kind, e.period, e.adjusts_period, e.version_no and 1, e.sale_fen, e.benefit_fen) for e in rows]


def owed(session: Session, period: str) -> list[int]:
    rows = session.scalars(
        sa.select(HouseholdStatement.benefit_fen)
        .where(HouseholdStatement.period == period)
        .order_by(HouseholdStatement.household_no)
    )
    return list(rows)


def agree(world: World, households: int = 226, linked_bp: int = 10_000) -> None:
    roster = [(number, 1) for number in world.households(households)]
    coverage = [Coverage(world.product.id, linked_bp, "raw_material", "收购台账")]
    world.approved(world.agreement(), world.version(roster, products=coverage))


def close(session: Session, period: str, month: int) -> Period:
    with frozen_at(shanghai(2020, month, 5, 9)):
        return close_period(session, None, period)


def test_a_refund_in_october_leaves_september_and_takes_back_exactly_what_it_gave(
    session: Session, world: World, books: Books
) -> None:
    agree(world)
    line = books.line()
    books.sell(line)
    september = close(session, "2020-09", 10)
    assert (september.entries, september.sale_fen, september.benefit_fen) == (1, 9800, 980)
    assert owed(session, "2020-09") == [5] * 76 + [4] * 150

    books.take_back(line, 4900, 1, OCTOBER)
    assert figures(session) == [
        ("sale", "2020-09", None, 1, 9800, 980),
        ("refund", "2020-10", "2020-09", 1, -4900, -490),
    ]
    close(session, "2020-10", 11)
    assert owed(session, "2020-10") == [-2] * 38 + [-3] * 38 + [-2] * 150
    assert ledger_breaks(session) == []


def test_two_part_refunds_of_everything_take_every_household_back_to_nothing(
    session: Session, world: World, books: Books
) -> None:
    agree(world, households=7)
    line = books.line(9999, 3)
    books.sell(line)
    close(session, "2020-09", 10)
    books.take_back(line, 3333, 1, OCTOBER)
    close(session, "2020-10", 11)
    books.take_back(line, 6666, 2, shanghai(2020, 11, 3))
    close(session, "2020-11", 12)
    sums = session.scalars(
        sa.select(sa.func.sum(HouseholdStatement.benefit_fen)).group_by(HouseholdStatement.household_no)
    ).all()
    assert [int(s) for s in sums] == [0] * 7
    assert session.scalar(sa.select(sa.func.sum(Entry.sale_fen))) == 0
    assert ledger_breaks(session) == []


def test_the_same_event_twice_adds_nothing(session: Session, world: World, books: Books) -> None:
    agree(world, households=3, linked_bp=1000)
    line = books.line()
    event = uuid7()
    books.sell(line, event)
    books.sell(line, event)
    assert [(v, s) for *_, v, s, _ in figures(session)] == [(1, 980), (0, 8820)]
    refund = uuid7()
    books.take_back(line, 4900, 1, OCTOBER, refund)
    books.take_back(line, 4900, 1, OCTOBER, refund)
    assert session.scalar(sa.select(sa.func.sum(Entry.sale_fen))) == 4900
    assert session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 4


def test_more_than_was_counted_cannot_go_back(session: Session, books: Books) -> None:
    line = books.line()
    books.sell(line)
    with pytest.raises(ValueError, match="more goes back"):
        books.take_back(line, 9801, 2, OCTOBER)


def test_a_line_that_counts_after_its_month_closed_stands_in_the_open_one_and_says_so(
    session: Session, world: World, books: Books
) -> None:
    books.sell(books.line(100))
    close(session, "2020-09", 10)
    books.sell(books.line(200))
    assert [(period, adjusts, sale) for _, period, adjusts, _, sale, _ in figures(session)] == [
        ("2020-09", None, 100),
        ("2020-10", "2020-09", 200),
    ]


def test_a_month_closes_once_in_order_and_not_before_the_fifth(session: Session, books: Books) -> None:
    books.sell(books.line())
    with frozen_at(shanghai(2020, 10, 4, 23)), pytest.raises(Conflict) as early:
        close_period(session, None, "2020-09")
    assert early.value.code == "too_early"
    with pytest.raises(Conflict) as order:
        close(session, "2020-10", 11)
    assert order.value.code == "earlier_period_open"
    close(session, "2020-09", 10)
    with pytest.raises(PeriodClosed):
        close(session, "2020-09", 10)
    assert session.scalar(sa.select(sa.func.count()).select_from(Period)) == 1


def test_revocation_with_retroaction_restates_only_what_was_sold_since(
    session: Session, world: World, books: Books
) -> None:
    agree(world, households=3)
    certificate = uuid7()
    before = books.line(100, 1, certificate_id=certificate, sold_at=shanghai(2020, 9, 2))
    after = books.line(200, 1, certificate_id=certificate)
    books.sell(before)
    books.sell(after)
    close(session, "2020-09", 10)
    fact = CertificateRevoked(
        certificate_id=certificate,
        product_id=world.product.id,
        producer_id=world.producer.id,
        scheme="city_local",
        revoked_at=OCTOBER,
        void_from=shanghai(2020, 9, 10),
        cause="origin_fraud",
    )
    restate_revoked(session, fact)
    restate_revoked(session, fact)
    by_class = session.execute(
        sa.select(Entry.period, Entry.goods_class, sa.func.sum(Entry.sale_fen))
        .group_by(Entry.period, Entry.goods_class)
        .order_by(Entry.period, Entry.goods_class)
    ).all()
    assert [(p, c, int(s)) for p, c, s in by_class] == [
        ("2020-09", "certified_aid", 300),
        ("2020-10", "area_produce", 200),
        ("2020-10", "certified_aid", -200),
    ]
    books.take_back(after, 200, 1, OCTOBER)  # a refund now takes back what the line has become
    assert (
        session.scalar(sa.select(sa.func.sum(Entry.sale_fen)).where(Entry.goods_class == "area_produce")) == 0
    )
    close(session, "2020-10", 11)
    assert ledger_breaks(session) == []


def test_every_committed_entry_gets_one_position_and_the_chain_verifies(
    session: Session, world: World, books: Books
) -> None:
    for _ in range(3):
        books.sell(books.line())
    assert link_recent(session) == 3
    assert link_recent(session) == 0
    books.sell(books.line())
    assert link_recent(session) == 1
    assert session.scalars(sa.select(Link.position).order_by(Link.position)).all() == [1, 2, 3, 4]
    assert ledger_breaks(session) == []


def test_a_rent_accrues_without_a_sale_and_a_corrected_report_becomes_a_difference(
    session: Session, world: World
) -> None:
    roster = [(number, 1) for number in world.households(3)]
    mode = linkage_mode("land_transfer")
    version = world.version(roster, terms=dict(mode.example_terms), products=[], share_unit="份")
    world.approved(world.agreement("land_transfer"), version)
    row = close(session, "2020-09", 10)
    statement = session.scalars(sa.select(AgreementStatement)).one()
    assert statement.sale_fen == 0
    assert (statement.pool_fen, row.benefit_fen) == (
        3_816_660,
        3_816_660,
    )  # 571 亩 × 802.10 元 ÷ 12, cumulative rounding
    assert sum(owed(session, "2020-09")) == statement.pool_fen
    assert ledger_breaks(session) == []


def test_agreement_versions_are_those_in_force_when_sold(
    session: Session, world: World, books: Books
) -> None:
    agree(world, households=3)  # in force from 2020-09-01
    books.sell(books.line(100, sold_at=shanghai(2020, 8, 31, 23, 59, 59), counted_at=SOLD_AT))
    books.sell(books.line(100, sold_at=shanghai(2020, 9, 1), counted_at=SOLD_AT))
    assert [version for *_, version, _, _ in figures(session)] == [0, 1]


def test_history_is_not_written_into_closed_books(session: Session, world: World, books: Books) -> None:
    books.sell(books.line())
    close(session, "2020-09", 10)
    with frozen_at(shanghai(2020, 10, 6)), pytest.raises(PeriodClosed):
        agree(world, households=2)
    assert session.scalar(sa.select(sa.func.count()).select_from(AgreementVersion)) == 0


def test_an_order_shows_the_entries_of_its_lines(session: Session, world: World, books: Books) -> None:
    agree(world, households=3, linked_bp=1000)
    line = books.line()
    books.sell(line)
    shown = [
        (row["agreement_no"] is not None, row["sale_fen"])
        for row in entries_of_lines(session, [line.line_id])
    ]
    assert shown == [(True, 980), (False, 8820)]


def test_the_chain_is_over_the_bytes_of_the_rows_as_the_mapper_reads_them(
    session: Session, world: World, books: Books
) -> None:
    agree(world, households=3, linked_bp=1_000)
    books.sell(books.line())
    books.sell(books.line(77, buyer_sector="教育"))
    link_recent(session)
    current = GENESIS
    for row in session.execute(sa.select(*Entry.__table__.columns).order_by(Entry.entry_no)).mappings():
        current = chain_hash(current, dict(row))
    assert session.scalars(sa.select(Link.hash).order_by(Link.position.desc()).limit(1)).one() == current
    assert session.scalar(sa.select(sa.func.count()).select_from(Link)) == 4
