"""Signed, intended and pledged amounts asked as measures of statistics: beside sales, never in them, by what a pledge has."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import BadRequest
from marketplace.intake.rules.pledges import DEFINITION
from marketplace.intake.service import pledge_sums, pledges
from marketplace.intake.service.pledge_sums import MEASURES, Asked
from marketplace.intake.service.pledges import NewPledge
from marketplace.statistics.comparisons import compare
from marketplace.statistics.pledges import BY
from marketplace.statistics.query import Answer, Question, ask
from tests.support.certification import an_actor
from tests.support.reporting_shop import open_shop

NEW = NewPledge(
    kind="signed",
    event="2020消费扶贫展销会",
    buyer_name="演示集团",
    buyer_area="440100",
    seller_name="演示合作社",
    origin_area="469025",
    amount_fen=1_000,
    signed_on=date(2020, 9, 28),
)


@pytest.fixture
def officer() -> Actor:
    return an_actor("statistician")


@pytest.fixture
def signed(session: Session, officer: Actor) -> Session:
    """Three of September, one of August; two origins, two buyers' cities; a lapsed and a withdrawn one."""
    for changes in (
        {},
        {"kind": "intended", "amount_fen": 200, "origin_area": "441403"},
        {"kind": "pledged", "amount_fen": 30, "buyer_area": "440300"},
        {"amount_fen": 4, "signed_on": date(2020, 8, 31), "origin_area": "441403"},
    ):
        pledges.register(session, officer, replace(NEW, **changes))
    for state, fen in (("lapsed", 50_000), ("withdrawn", 600_000)):
        gone = pledges.register(session, officer, replace(NEW, amount_fen=fen))
        pledges.end(session, officer, gone.number, state, "演示")
    return session


def cells(answer: Answer, code: str) -> dict[tuple[Any, ...], int | None]:
    return {row.key: row.figures[code] for row in answer.rows if row.figures[code]}


def test_they_are_told_apart_by_time_and_by_both_places_as_the_register_sums_them(
    signed: Session, officer: Actor
) -> None:
    answer = ask(signed, Question(measures=MEASURES, by=("period", "origin")))
    assert answer.total == {
        "signed_amount": 1_004, "intended_amount": 200, "pledged_amount": 30,
        "fulfilled_amount": 0, "lapsed_amount": 50_000,
    }  # fmt: skip
    assert answer.total == pledge_sums.sums(signed, officer, Asked())[1]
    assert cells(answer, "signed_amount") == {("2020-08", "4414"): 4, ("2020-09", "4690"): 1_000}
    assert cells(answer, "intended_amount") == {("2020-09", "4414"): 200}
    assert answer.definitions["signed_amount"] == DEFINITION
    for by, key in (
        ("day", "2020-08-31"), ("week", "2020-08-31"), ("quarter", "2020Q3"), ("half_year", "2020H2"),
        ("year", "2020"), ("origin.county", "441403"), ("buyer_area.province", "44"),
    ):  # fmt: skip
        rows = ask(signed, Question(measures=("signed_amount",), by=(by,))).rows
        assert key in {row.key[0] for row in rows}, by
        assert sum(row.figures["signed_amount"] or 0 for row in rows) == 1_004, by


def test_the_side_of_the_view_and_the_filters_limit_them(signed: Session) -> None:
    base = Question(measures=("signed_amount", "pledged_amount"), by=("buyer_area",))
    buyers = ask(signed, replace(base, view="buyer", area="440300", areas=("440000",)))
    assert (buyers.total["signed_amount"], buyers.total["pledged_amount"]) == (0, 30)
    assert ask(signed, replace(base, areas=("441400",))).total == {"signed_amount": 4, "pledged_amount": 0}
    assert ask(signed, replace(base, areas=())).total == {"signed_amount": 0, "pledged_amount": 0}
    filtered = ask(signed, replace(base, filters={"origin": "469025", "day": "2020-09-28"}))
    assert filtered.total == {"signed_amount": 1_000, "pledged_amount": 30}
    august = ask(signed, replace(base, from_period="2020-08", to_period="2020-08"))
    assert august.total == {"signed_amount": 4, "pledged_amount": 0}


def test_beside_sales_neither_changes_the_other(session: Session, officer: Actor) -> None:
    shop = open_shop(session, "exhibition")
    shop.report(shop.row(单据号="P1", 成交金额="147.00"), total_fen=14_700)
    sales = Question(measures=("sales", "orders"), by=("period",))
    alone = ask(session, sales)
    made = pledges.register(session, officer, replace(NEW, amount_fen=20_000, signed_on=date(2020, 7, 1)))
    pledges.name_sales(
        session, officer, made.number, order_number=None, channel=shop.channel.code, order_ref="P1"
    )
    assert ask(session, sales).rows == alone.rows
    both = ask(session, replace(sales, measures=("sales", "signed_amount", "fulfilled_amount")))
    assert both.total == {"sales": 14_700, "signed_amount": 20_000, "fulfilled_amount": 14_700}
    [july, sold] = both.rows
    assert (july.key, july.figures) == (
        ("2020-07",),
        {"sales": 0, "signed_amount": 20_000, "fulfilled_amount": 14_700},
    )
    assert (sold.figures["sales"], sold.figures["signed_amount"]) == (14_700, 0)


@pytest.mark.parametrize(
    "asked",
    [
        {"by": ("channel_kind",)},
        {"by": ("product",)},
        {"by": ("period", "category.1")},
        {"filters": {"goods_class": "ordinary"}},
        {"measures": ("sales", "pledged_amount"), "by": ("channel",)},
    ],
    ids=["channel", "product", "category", "filter", "with sales"],
)
def test_what_a_pledge_does_not_have_is_refused_with_what_it_has(
    signed: Session, asked: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest) as refused:
        ask(signed, replace(Question(measures=("signed_amount",)), **asked))
    assert refused.value.code == "measure_not_by_dimension"
    assert refused.value.extra["known"] == list(BY)
    assert len(refused.value.extra["lacking"]) == 1


def test_they_are_compared_and_ranked_like_other_amounts(signed: Session) -> None:
    question = Question(
        measures=("signed_amount", "signed_amount_rank"),
        by=("origin",),
        from_period="2020-08",
        to_period="2020-09",
    )
    assert {row.key[0]: row.figures["signed_amount_rank"] for row in compare(signed, question).rows} == {
        "4690": 1,
        "4414": 2,
    }
