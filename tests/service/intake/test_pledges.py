"""Signed, intended and pledged amounts: sums of their own by area, month and kind; no sum of sales ever moves with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict, DomainError, Forbidden, Invalid
from marketplace.intake.models import Pledge
from marketplace.intake.rules.pledges import progress_of
from marketplace.intake.service import pledge_sums, pledges
from marketplace.intake.service.pledge_sums import Asked
from marketplace.intake.service.pledges import NewPledge
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.query import Question, ask
from tests.support.certification import an_actor
from tests.support.reporting_shop import Shop, open_shop

SALES = tuple(one.code for one in MEASURES if one.kind in ("sum", "count"))
NEW = NewPledge(
    kind="signed",
    event="2020消费扶贫展销会",
    buyer_name="演示集团",
    buyer_area="440100",
    seller_name="演示合作社",
    origin_area="469025",
    amount_fen=100_000_000,
    signed_on=date(2020, 9, 28),
)


@pytest.fixture
def officer() -> Actor:
    return an_actor("statistician")


def sold(session: Session, number: str = "P1", fen: str = "147.00") -> Shop:
    shop = open_shop(session, "exhibition")
    shop.report(shop.row(单据号=number, 成交金额=fen), total_fen=int(fen.replace(".", "")))
    return shop


def test_no_sum_of_sales_changes_when_something_is_signed_fulfilled_or_lapses(
    session: Session, officer: Actor
) -> None:
    shop = sold(session)
    before = ask(session, Question(measures=SALES)).total
    entries = session.scalar(select(func.count()).select_from(Entry))
    assert before["sales"] == 14_700
    made = [
        pledges.register(session, officer, replace(NEW, kind=kind))
        for kind in ("signed", "intended", "pledged")
    ]
    pledges.name_sales(
        session, officer, made[0].number, order_number=None, channel=shop.channel.code, order_ref="P1"
    )
    pledges.end(session, officer, made[1].number, "lapsed", "到期未签合同")
    assert ask(session, Question(measures=SALES)).total == before
    assert session.scalar(select(func.count()).select_from(Entry)) == entries
    assert not {"signed_amount", "intended_amount", "pledged_amount"} & set(SALES)
    _, total = pledge_sums.sums(session, officer, Asked())
    assert total == {
        "signed_amount": 100_000_000,
        "intended_amount": 0,
        "pledged_amount": 100_000_000,
        "fulfilled_amount": 14_700,
        "lapsed_amount": 100_000_000,
    }


def test_sums_are_told_apart_by_area_month_event_and_kind_in_either_view(
    session: Session, officer: Actor
) -> None:
    pledges.register(session, officer, NEW)
    pledges.register(
        session, officer, replace(NEW, kind="intended", amount_fen=5, signed_on=date(2020, 8, 31))
    )
    pledges.register(session, officer, replace(NEW, origin_area="441403", buyer_area="440300", amount_fen=7))
    rows, _ = pledge_sums.sums(session, officer, Asked(by=("month", "kind")))
    assert [
        (one.keys, one.titles, one.measures["signed_amount"] + one.measures["intended_amount"])
        for one in rows
    ] == [
        (("2020-08", "intended"), ("2020-08", "意向金额"), 5),
        (("2020-09", "signed"), ("2020-09", "签约金额"), 100_000_007),
    ]
    rows, _ = pledge_sums.sums(session, officer, Asked(view="buyer", by=("city",), from_day=date(2020, 9, 1)))
    assert [(one.keys[0], one.titles[0], one.measures["signed_amount"]) for one in rows] == [
        ("440100", "广州市", 100_000_000),
        ("440300", "深圳市", 7),
    ]
    rows, total = pledge_sums.sums(session, officer, Asked(area="441400", by=("county",)))
    assert [(one.keys[0], one.measures["signed_amount"]) for one in rows] == [("441403", 7)]
    assert total["signed_amount"] == 7


def test_what_came_of_a_pledge_follows_the_sale(session: Session, officer: Actor) -> None:
    shop = sold(session)
    pledge = pledges.register(session, officer, replace(NEW, amount_fen=20_000))
    named: dict[str, Any] = {"order_number": None, "channel": shop.channel.code, "order_ref": "P1"}
    pledges.name_sales(session, officer, pledge.number, **named)
    assert pledges.fulfilled(session, [pledge.id]) == {pledge.id: 14_700}
    shop.report(shop.row(单据号="P2", 类型="退货", 原单据号="P1", 数量="-1", 成交金额="-49.00"), total_fen=0)
    assert pledges.fulfilled(session, [pledge.id]) == {pledge.id: 9_800}
    assert [progress_of(20_000, fen) for fen in (0, 9_800, 20_000)] == ["none", "partly", "fulfilled"]


def test_a_sale_comes_of_one_pledge_and_must_count(session: Session, officer: Actor) -> None:
    shop = sold(session)
    first, second = (pledges.register(session, officer, NEW) for _ in range(2))
    named: dict[str, Any] = {"order_number": None, "channel": shop.channel.code, "order_ref": "P1"}
    pledges.name_sales(session, officer, first.number, **named)
    with pytest.raises(DomainError) as twice, session.begin_nested():
        pledges.name_sales(session, officer, second.number, **named)
    with pytest.raises(Conflict) as unknown:
        pledges.name_sales(session, officer, second.number, **named | {"order_ref": "P9"})
    with pytest.raises(Conflict) as own:
        pledges.name_sales(session, officer, second.number, order_number="D1", channel=None, order_ref=None)
    pledges.end(session, officer, second.number, "withdrawn", "重复登记")
    with pytest.raises(Conflict) as ended:
        pledges.name_sales(session, officer, second.number, **named)
    found = [one.value.code for one in (twice, unknown, own, ended)]
    assert found == ["sale_named", "not_counted", "not_counted", "pledge_ended"]
    with pytest.raises(Conflict):
        pledges.end(session, officer, second.number, "lapsed", "再来")


def test_more_than_was_signed_is_fulfilled_at_most_by_what_was_signed(
    session: Session, officer: Actor
) -> None:
    shop = sold(session)
    pledge = pledges.register(session, officer, replace(NEW, amount_fen=10_000))
    pledges.name_sales(
        session, officer, pledge.number, order_number=None, channel=shop.channel.code, order_ref="P1"
    )
    assert pledge_sums.sums(session, officer, Asked())[1]["fulfilled_amount"] == 10_000


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"signed_on": date(2020, 10, 2)}, "signed_later"),
        ({"valid_until": date(2020, 9, 27)}, "pledge_validity"),
        ({"origin_area": "999999"}, "unknown_division"),
    ],
)
def test_a_pledge_that_cannot_be_meant_is_refused(
    session: Session, officer: Actor, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        pledges.register(session, officer, replace(NEW, **change))
    assert refused.value.code == code
    assert session.scalar(select(func.count()).select_from(Pledge)) == 0


def test_an_office_keeps_and_sees_the_register_of_its_own_area_on_either_side(session: Session) -> None:
    buyer_side, origin_side, stranger = (
        an_actor("county_officer", area) for area in ("440100", "469025", "441403")
    )
    number = pledges.register(session, buyer_side, NEW).number
    assert pledges.find(session, origin_side, number).amount_fen == 100_000_000
    with pytest.raises(DomainError) as unseen:
        pledges.find(session, stranger, number)
    assert unseen.value.code == "pledge_not_found"
    with pytest.raises(Forbidden):
        pledges.register(session, stranger, NEW)
    assert pledge_sums.sums(session, stranger, Asked())[1]["signed_amount"] == 0
    with pytest.raises(Forbidden):
        pledge_sums.sums(session, stranger, Asked(area="440100"))
