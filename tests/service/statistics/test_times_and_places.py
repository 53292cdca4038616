"""Days, quarters and years, points of sale and brokers: cells that sum to the whole."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy.orm import Session

from marketplace.core.clock import shanghai
from marketplace.statistics.query import Question, Row, ask
from tests.support.books import Books

BROKER = uuid.UUID(int=99)


@pytest.fixture
def sold(books: Books) -> Books:
    """98.00 on 12 September, 50.00 just before and 7.00 just after midnight of the next day in Shanghai, 20.00 in October."""
    books.sell(books.line())
    late, early = shanghai(2020, 9, 13, 23, 59, 59), shanghai(2020, 9, 14)
    books.sell(books.line(5_000, 1, sold_at=late, counted_at=late))
    books.sell(books.line(700, 1, sold_at=early, counted_at=early, channel_area="440300"))
    october = shanghai(2020, 10, 1)
    books.sell(
        books.line(
            2_000, 1, sold_at=october, counted_at=october, broker_id=BROKER, purchase_kind="brokered_sale"
        )
    )
    return books


def rows(session: Session, *by: str, **changes: object) -> list[Row]:
    return ask(session, Question(("sales",), by=by, **changes)).rows  # type: ignore[arg-type]


def sales(found: list[Row]) -> dict[tuple[object, ...], int | None]:
    return {row.key: row.figures["sales"] for row in found}


def test_a_day_is_that_of_shanghai_to_the_second(session: Session, sold: Books) -> None:
    assert sales(rows(session, "day")) == {
        ("2020-09-12",): 9_800,
        ("2020-09-13",): 5_000,
        ("2020-09-14",): 700,
        ("2020-10-01",): 2_000,
    }
    assert sales(rows(session, "period", filters={"day": "2020-09-14"})) == {("2020-09",): 700}


def test_a_week_begins_on_the_monday_of_shanghai_whatever_month_or_year_it_lies_in(
    session: Session, books: Books
) -> None:
    for fen, at in (
        (1, shanghai(2020, 9, 6, 23, 59, 59)),  # a Sunday
        (20, shanghai(2020, 9, 7)),
        (300, shanghai(2020, 12, 31, 12)),
        (4_000, shanghai(2021, 1, 3, 12)),
    ):
        books.sell(books.line(fen, 1, sold_at=at, counted_at=at))
    found = rows(session, "week")
    assert sales(found) == {("2020-08-31",): 1, ("2020-09-07",): 20, ("2020-12-28",): 4_300}
    assert [row.titles[0] for row in found] == [
        "2020年第36周(8月31日起)",
        "2020年第37周(9月7日起)",
        "2020年第53周(12月28日起)",
    ]
    assert sales(rows(session, "period", filters={"week": "2020-12-28"})) == {
        ("2020-12",): 300,
        ("2021-01",): 4_000,
    }


def test_quarters_and_years_sum_their_months(session: Session, sold: Books) -> None:
    found = rows(session, "quarter")
    assert sales(found) == {("2020Q3",): 15_500, ("2020Q4",): 2_000}
    assert [row.titles for row in found] == [("2020年第3季度",), ("2020年第4季度",)]
    assert sales(rows(session, "year")) == {("2020",): 17_500}
    assert sales(rows(session, "period", filters={"quarter": "2020Q4"})) == {("2020-10",): 2_000}


def test_a_refund_is_of_the_day_on_which_the_money_was_back(session: Session, books: Books) -> None:
    line = books.line()
    books.sell(line)
    books.take_back(line, 4_900, 1, shanghai(2020, 10, 3))
    assert sales(rows(session, "day")) == {("2020-09-12",): 9_800, ("2020-10-03",): -4_900}


def test_the_place_of_the_point_of_sale_and_the_broker_are_dimensions(session: Session, sold: Books) -> None:
    assert sales(rows(session, "channel_area")) == {("4401",): 16_800, ("4403",): 700}
    assert sales(rows(session, "broker")) == {(None,): 15_500, (BROKER,): 2_000}


def test_the_national_catalogues_are_a_child_of_aid_sales_and_count_from_their_day(
    session: Session, books: Books
) -> None:
    books.sell(books.line(100, 1, scheme="national_2020", schemes=("national_2020", "city_local")))
    books.sell(books.line(20, 1))  # city_local alone
    books.sell(books.line(3, 1, scheme="assoc_2024", schemes=("assoc_2024",)))
    total = ask(session, Question(("aid_sales", "national_aid_sales", "national_aid_share"))).total
    assert total == {"aid_sales": 123, "national_aid_sales": 100, "national_aid_share": 8_130}
