"""R4: canteens of every kind, unions, and progress against 不低于去年."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, ReserveFiling
from marketplace.core import facts
from marketplace.core.clock import shanghai, utcnow
from marketplace.core.ids import uuid7
from marketplace.orders.facts import OrderReattributed
from marketplace.statistics.models import DeclaredFigure
from marketplace.statistics.reports import ReportRequest, report
from marketplace.statistics.reports.protocol import Value
from tests.support.books import Books

REQUEST = ReportRequest("2020-12", "440000", ("440000",))


def unit(session: Session, name: str, kind: str | None = None, by: uuid.UUID | None = None) -> uuid.UUID:
    """A budget unit; with a canteen of 1,000.00 yuan at 30 % where it files for one."""
    made = Organisation(
        kind="budget_unit",
        name=name,
        area_code="440100",
        fiscal_area="440100",
        is_demo=True,
        created_at=utcnow(),
    )
    session.add(made)
    session.flush()
    if kind is not None:
        cooks = kind in {"own", "outsourced"}
        session.add(
            ReserveFiling(
                organisation_id=made.id, year=2020, version=1, canteen_kind=kind, represented_by=by,
                canteen_total_fen=100_000 if cooks else 0, reserve_bp=3_000 if cooks else 0,
                reserve_fen=30_000 if cooks else 0, state="accepted", filed_by=uuid7(), filed_at=utcnow(),
            )
        )  # fmt: skip
        session.flush()
    return made.id


def buy(books: Books, of: uuid.UUID, fen: int, at: datetime, source: str = "canteen") -> None:
    books.sell(
        books.line(
            fen, 1, sold_at=at, counted_at=at, budget_unit_id=of, reserve_year=at.year, fund_source=source,
            channel_kind="platform_832",
        )
    )  # fmt: skip


def rows_of(session: Session) -> dict[Value, dict[str, Value]]:
    table = report("R4").build(session, REQUEST)
    codes = [column.code for column in table.columns]
    assert table.total is not None
    lines = [*table.rows, table.total, *table.more_totals]
    return {line[0]: dict(zip(codes, line, strict=True)) for line in lines}


def test_every_kind_of_canteen_says_what_it_is_and_who_files_for_it(session: Session, books: Books) -> None:
    own = unit(session, "甲", "own")
    unit(session, "乙", "none")
    unit(session, "丙", "shared", own)
    unit(session, "丁", "outsourced")
    unit(session, "戊")
    buy(books, own, 12_000, shanghai(2020, 5, 1))
    buy(books, own, 3_000, shanghai(2020, 6, 1), "union")
    found = rows_of(session)
    names = ("canteen", "reserve", "completed", "completion", "union", "represented_by")
    assert {name: tuple(found[name][column] for column in names) for name in "甲乙丙丁戊"} == {
        "甲": ("有食堂", 30_000, 15_000, 5_000, 3_000, "—"),
        "乙": ("无食堂", 0, 0, "—", 0, "—"),
        "丙": ("共用食堂", "—", 0, "—", 0, "甲"),
        "丁": ("食堂外包", 30_000, 0, 0, 0, "—"),
        "戊": ("未报", "—", 0, "—", 0, "—"),
    }
    sums = ("supervisor", "reserve", "completed", "completion", "union")
    assert [
        tuple(found[name][column] for column in sums) for name in ("合计", "其中:有食堂", "其中:无食堂")
    ] == [
        ("5个", 60_000, 15_000, 2_500, 3_000),
        ("1个", 30_000, 15_000, 5_000, 3_000),
        ("1个", 0, 0, None, 0),
    ]
    assert [name for name in found if str(name).startswith("其中")] == [
        "其中:有食堂", "其中:无食堂", "其中:共用食堂", "其中:食堂外包", "其中:未报",
    ]  # fmt: skip


def test_progress_is_against_all_that_was_completed_for_the_year_before(
    session: Session, books: Books
) -> None:
    one, two = unit(session, "甲", "own"), unit(session, "乙", "own")
    buy(books, one, 10_000, shanghai(2019, 1, 10))
    buy(books, one, 10_000, shanghai(2019, 11, 10))
    buy(books, one, 15_000, shanghai(2020, 5, 1))
    buy(books, two, 1_000, shanghai(2020, 5, 1))
    found = rows_of(session)
    names = ("last_year", "against_last_year")
    assert [tuple(found[name][column] for column in names) for name in ("甲", "乙", "合计")] == [
        (20_000, 7_500),
        (0, "—"),
        (20_000, 8_000),
    ]


@pytest.mark.parametrize(("declared", "shown"), [(False, "—"), (True, "不可比")])
def test_without_books_of_the_whole_year_before_there_is_no_progress(
    session: Session, books: Books, declared: bool, shown: str
) -> None:
    one = unit(session, "甲", "own")
    buy(books, one, 10_000, shanghai(2019, 2, 10))
    buy(books, one, 15_000, shanghai(2020, 5, 1))
    if declared:
        session.add(
            DeclaredFigure(
                area_code="440000", measure="sales", from_day=date(2019, 1, 1), to_day=date(2019, 12, 31),
                amount=1, raw_text="1", source="演示", created_at=utcnow(),
            )
        )  # fmt: skip
        session.flush()
    found = rows_of(session)
    assert (found["甲"]["last_year"], found["甲"]["against_last_year"]) == ("—", "—")
    assert (found["合计"]["last_year"], found["合计"]["against_last_year"]) == ("—", shown)


def test_an_order_that_moves_takes_its_part_of_the_reserved_share_along(
    session: Session, books: Books
) -> None:
    one, two = unit(session, "甲", "own"), unit(session, "乙", "own")
    buy(books, one, 12_000, shanghai(2020, 5, 1))
    line = books.line(
        3_000, 1, sold_at=shanghai(2020, 6, 1), counted_at=shanghai(2020, 6, 1), budget_unit_id=one,
        reserve_year=2020, fund_source="canteen", channel_kind="platform_832",
    )  # fmt: skip
    books.sell(line)
    names = ("completed", "completion")
    before = rows_of(session)
    assert [tuple(before[name][column] for column in names) for name in ("甲", "乙", "合计")] == [
        (15_000, 5_000),
        (0, 0),
        (15_000, 2_500),
    ]
    facts.publish(
        session,
        OrderReattributed(
            order_id=uuid7(), event_id=uuid7(), arrival_id=uuid7(), at=shanghai(2020, 9, 15),
            reason="reattribution", line_ids=(line.line_id,), budget_unit_id=two, buyer_area="440100",
            buyer_sector=None, buyer_path="2", participation_mode="government_procurement", helper_area=None,
        ),
    )  # fmt: skip
    after = rows_of(session)
    assert [tuple(after[name][column] for column in names) for name in ("甲", "乙", "合计")] == [
        (12_000, 4_000),
        (3_000, 1_000),
        (15_000, 2_500),
    ]
    assert (after["甲"]["reserve"], after["乙"]["reserve"]) == (30_000, 30_000)
