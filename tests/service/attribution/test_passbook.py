"""A household's passbook: every closed month to the fen, with the sales behind it; read in full, counted, recorded."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.attribution.models import AgreementStatement, HouseholdStatement
from marketplace.attribution.passbook_files import passbook_csv, passbook_xlsx
from marketplace.attribution.service.close import close_period
from marketplace.attribution.service.passbook import passbook
from marketplace.beneficiaries.service import Coverage, Identity, register
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.models import AuditRecord
from tests.support.books import Books
from tests.support.county import COUNTY, VILLAGE, World

OCTOBER = shanghai(2020, 10, 3, 9)


@pytest.fixture
def numbers(session: Session, world: World, books: Books) -> list[int]:
    """Three households: two sales of September, one refunded in October, when another product sold; both months closed."""
    first = register(session, world.officer, world.household(head=Identity("张三丰"))).household_no
    roster = [first, *world.households(2)]
    coverage = [Coverage(world.product.id, 10_000, "raw_material", "收购台账")]
    world.approved(world.agreement(), world.version([(number, 1) for number in roster], products=coverage))
    line = books.line()
    books.sell(line)
    books.sell(books.line(5_000, 1))
    with frozen_at(shanghai(2020, 10, 5, 9)):
        close_period(session, None, "2020-09")
    with frozen_at(OCTOBER):
        books.take_back(line, 9_800, 2, OCTOBER)
        books.sell(books.line(20_000, 3, product_name="金柚(新包装)", sold_at=OCTOBER, counted_at=OCTOBER))
    with frozen_at(shanghai(2020, 11, 5, 9)):
        close_period(session, None, "2020-10")
    return roster


def test_lines_are_the_statements_and_groups_are_the_entries_behind_them(
    session: Session, world: World, numbers: list[int]
) -> None:
    book = passbook(session, world.officer, numbers[0], "农户核对收益")
    assert (book.household_no, book.area_code, book.head_name) == (numbers[0], VILLAGE, "张三丰")
    assert [
        (line.period, line.earned_period, line.benefit_fen, line.balance_fen, line.pool_fen, line.accrued_fen)
        for line in book.lines
    ] == [
        ("2020-09", "2020-09", 494, 494, 1_480, 0),
        ("2020-10", "2020-09", -327, 167, -980, 0),
        ("2020-10", "2020-10", 667, 834, 2_000, 0),
    ]
    assert [
        [(g.product_name, g.lines, g.sale_fen, g.quantity_milli, g.benefit_fen) for g in line.groups]
        for line in book.lines
    ] == [
        [("金柚", 2, 14_800, 3_000, 1_480)],
        [("金柚", 1, -9_800, -2_000, -980)],
        [("金柚(新包装)", 1, 20_000, 3_000, 2_000)],
    ]
    line = book.lines[0]
    assert (line.mode_title, line.version, line.shares, line.shares_total, line.share_unit) == (
        "销售返利",
        1,
        1,
        3,
        "户",
    )
    assert line.producer_name == world.producer.name
    assert book.total_fen == session.scalar(
        sa.select(sa.func.sum(HouseholdStatement.benefit_fen)).where(
            HouseholdStatement.household_no == numbers[0]
        )
    )
    sales = session.scalars(
        sa.select(AgreementStatement.sale_fen).order_by(AgreementStatement.sale_fen)
    ).all()
    assert sorted(sum(g.sale_fen for g in one.groups) for one in book.lines) == list(sales)


def test_the_households_of_a_roster_share_exactly_what_their_passbooks_say(
    session: Session, world: World, numbers: list[int]
) -> None:
    books = [passbook(session, world.officer, number, "核对分配") for number in numbers]
    assert [[line.benefit_fen for line in book.lines] for book in books] == [
        [494, -327, 667],
        [493, -326, 667],
        [493, -327, 666],
    ]
    assert sum(book.total_fen for book in books) == 1_480 - 980 + 2_000


def test_a_reading_is_recorded_with_its_purpose_and_refused_elsewhere(
    session: Session, world: World, numbers: list[int]
) -> None:
    for stranger, kind in (
        (world.actor("county_officer", "441422"), NotFound),
        (world.actor("township_reviewer", COUNTY), Forbidden),
        (world.clerk, NotFound),
    ):
        with pytest.raises(kind):
            passbook(session, stranger, numbers[0], "随便看看")
    with pytest.raises(NotFound):
        passbook(session, world.officer, 10**9, "随便看看")
    recorded = sa.select(AuditRecord).where(AuditRecord.action == "attribution.passbook.read")
    assert session.scalars(recorded).all() == []
    passbook(session, world.officer, numbers[0], "农户核对收益")
    row = session.scalars(recorded).one()
    assert (row.subject_id, row.purpose, row.area_code) == (str(numbers[0]), "农户核对收益", VILLAGE)
    assert "张" not in f"{row.detail}{row.purpose}"


def test_the_file_is_the_passbook_in_yuan_and_the_same_bytes_again(
    session: Session, world: World, numbers: list[int]
) -> None:
    book = passbook(session, world.officer, numbers[0], "打印对账单")
    lines = passbook_csv(book).decode("utf-8-sig").split("\r\n")
    number = book.lines[0].agreement
    assert lines[1:4] == [
        f"2020-09,2020-09,{number} 第1版,销售返利,{world.producer.name},1/3户,金柚,2,148.00,3,14.80,,",
        f"2020-09,2020-09,{number} 第1版,销售返利,{world.producer.name},1/3户,本期,,,,14.80,4.94,4.94",
        f"2020-10,2020-09,{number} 第1版,销售返利,{world.producer.name},1/3户,金柚,1,-98.00,-2,-9.80,,",
    ]
    assert lines[7] == "合计,,,,,,,,,,,8.34,"
    assert lines[9].startswith(f"户号,{numbers[0]},户主,张三丰,村,广东省梅州市梅县区")
    assert passbook_xlsx(book) == passbook_xlsx(book)
    assert passbook_xlsx(book).startswith(b"PK")


def test_a_household_without_statements_has_an_empty_passbook(session: Session, world: World) -> None:
    (number,) = world.households(1)
    book = passbook(session, world.officer, number, "农户核对收益")
    assert (book.lines, book.total_fen, book.head_name) == ([], 0, None)
    assert passbook_xlsx(book).startswith(b"PK")
