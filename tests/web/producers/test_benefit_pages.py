"""What sales did for households, on the producer's pages: accrued beside proven, lists imported, a month reported."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import select

from marketplace.attribution.models import AgreementStatement
from marketplace.beneficiaries.models import ActivityReport, PaymentList
from marketplace.core.db import Database, transaction
from tests.support.county import World, make_world
from tests.support.pages import personal
from tests.support.statements import counted
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
LIST = {"kind": "dividends", "paid_on": "2020-09-10", "document_no": "分红表2020-1"}
# Agreement and versions, products, months, lists, and what the frame of every page asks.
ALLOWED = 10


@pytest.fixture
def world(database: Database) -> World:
    with transaction() as session:
        return make_world(session)


def agreed(
    world: World, households: int, mode: str = "sales_rebate", **changes: object
) -> tuple[str, list[int]]:
    """The number of an approved agreement, and its households."""
    with transaction() as session:
        world.session = session
        made = world.agreement(mode)
        numbers = world.households(households)
        world.approved(made, world.version([(one, 1) for one in numbers], **changes))
        return made.number, numbers


@pytest.fixture
def clerk(visitor: Visit, world: World) -> Visitor:
    return visitor("producer", organisation_id=world.producer.organisation_id)


def listed(rows: list[tuple[object, str]]) -> tuple[BytesIO, str]:
    lines = ["户编号,金额(元)", *(f"{household},{amount}" for household, amount in rows)]
    return BytesIO("\n".join(lines).encode()), "分红.csv"


def test_a_list_of_payments_is_taken_in_once_and_shows_no_household(clerk: Visitor, world: World) -> None:
    number, households = agreed(world, 3)
    path = f"/producer/agreements/{number}/payment-lists/new"
    rows: list[tuple[object, str]] = [(one, "100.50") for one in households]
    page = clerk.follow(clerk.send(path, **LIST, file=listed(rows)))
    assert "¥301.50" in page
    assert "3户" in page
    assert personal(page) == []
    again = clerk.follow(clerk.send(path, **LIST, file=listed(rows)))
    assert "¥301.50" in again
    with transaction() as session:
        assert [one.total_fen for one in session.scalars(select(PaymentList))] == [30_150]
    assert "分红表2020-1" in clerk.read(f"/producer/agreements/{number}/payment-lists")
    assert "实际发放 ? 有清单佐证、已发到农户的钱。 ¥301.50" in text_of(clerk.read("/producer/sales"))


def test_a_list_with_a_wrong_row_names_it_and_takes_nothing(clerk: Visitor, world: World) -> None:
    number, households = agreed(world, 3)
    path = f"/producer/agreements/{number}/payment-lists/new"
    refused = clerk.send(path, **LIST, file=listed([(households[0], "100"), (999_999, "5")]))
    assert refused.status_code == 422
    shown = text_of(main_of(refused))
    assert "1 处有误,没有导入任何一行" in shown
    assert "3 该户不在本协议的花名册中" in shown
    missing = clerk.send(path, **LIST)
    assert 'id="f-file-error"' in main_of(missing)
    with transaction() as session:
        assert session.scalars(select(PaymentList)).all() == []


def test_what_a_month_needs_is_reported_and_corrected(clerk: Visitor, world: World) -> None:
    number, _ = agreed(
        world,
        3,
        "employment",
        terms={"day_wage_fen": 8_000, "month_wage_fen": 200_000},
    )
    path = f"/producer/agreements/{number}/activity"
    assert path in clerk.read(f"/producer/agreements/{number}")
    wrong = clerk.send(path, period="2020-09", **{"activity.work_days_milli": "二十"})
    assert wrong.status_code == 422
    assert 'id="f-activity-work_days_milli-error"' in main_of(wrong)
    for days in ("22.5", "20"):
        values = {"activity.work_days_milli": days, "activity.work_months_milli": "0"}
        clerk.follow(clerk.send(path, period="2020-09", **values))
    with transaction() as session:
        told = session.scalars(select(ActivityReport).order_by(ActivityReport.version)).all()
        assert [one.activity["work_days_milli"] for one in told] == [22_500, 20_000]


def test_accrued_and_proven_stand_side_by_side_and_a_household_counts_once(
    clerk: Visitor, world: World
) -> None:
    number, households = agreed(world, 3)
    with transaction() as session:
        world.session = session
        second = world.agreement()
        world.approved(
            second,
            world.version([(one, 1) for one in households], terms={"rebate_bp": 500}),
        )
        session.add(
            AgreementStatement(
                period="2020-08",
                version_no=1,
                earned_period="2020-08",
                agreement_no=second.agreement_no,
                sale_fen=98_000,
                pool_fen=9_800,
                pool_total_fen=9_800,
                village_fen=0,
                households=3,
                digest=b"",
            )
        )
    shown = text_of(clerk.read("/producer/sales"))
    assert "同一户只算一次。 3户" in shown
    assert "¥98.00 ¥0.00" in shown
    page = clerk.read(f"/producer/agreements/{second.number}")
    assert "2020-08 ¥980.00 ¥98.00 3户" in text_of(page)
    with counted() as few:
        clerk.read(f"/producer/agreements/{number}")
    assert len(few) <= ALLOWED, few


def test_finance_sees_sales_without_agreements(visitor: Visit, world: World) -> None:
    finance = visitor("producer_finance", organisation_id=world.producer.organisation_id)
    assert "按协议应得" not in finance.read("/producer/sales")
    assert finance.get("/producer/agreements").status_code == 403
