"""The share of aid goods at points of sale against the set share: figures of the reports, an alarm once at its day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.permissions import held
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import AlreadyExists, Forbidden, Invalid
from marketplace.core.ids import uuid7
from marketplace.statistics.aid_share import service
from marketplace.statistics.aid_share.models import AidShareAlarm, AidShareRule
from marketplace.statistics.aid_share.rules import is_below, rule_for
from marketplace.statistics.query import Question, ask
from tests.catalogue_world import World
from tests.support.reporting_device import Cabinet, open_cabinet

WATER = {"fpgoodsmark": "2", "fpwthirdpartyid": None, "suppliercode": None, "goodsname": "矿泉水"}


def set_share(cabinet: Cabinet, share_bp: int | None, **changes: Any) -> AidShareRule:
    values: dict[str, Any] = {
        "channel_kind": "counter",
        "area_code": "440100",
        "from_period": "2020-10",
        "alarm_day": 20,
        "document_no": None,
    }
    return service.set_share(cabinet.session, system_actor(), share_bp=share_bp, **(values | changes))


@pytest.fixture
def selling(cabinet: Cabinet) -> Cabinet:
    """49 yuan of aid goods and 51 of water: 49 %."""
    operator = World(cabinet.session).organisation("channel_operator")
    cabinet.channel.operator_id = operator.id
    cabinet.report(cabinet.row("A1"), cabinet.row("A2", payamt="51.00", **WATER))
    return cabinet


def meter(cabinet: Cabinet) -> service.Meter:
    found, _ = service.meters(cabinet.session, system_actor(), "2020-10")
    return next(one for one in found if one.channel.id == cabinet.channel.id)


def raised(cabinet: Cabinet, *day: int) -> int:
    with frozen_at(shanghai(*day, 9)):  # type: ignore[call-arg]
        return service.raise_alarms(cabinet.session)


def test_the_meter_is_the_ledgers_question_net_of_refunds_and_foots_with_it(selling: Cabinet) -> None:
    other = open_cabinet(selling.session)
    other.report(other.row("B1", payamt="98.00", qty="2"))
    other.report(
        other.row("B1", tradetp="2", tradeno="R1", payamt="49.00", qty="1", paytm="2020-10-01 11:45:00")
    )
    assert (meter(selling).sales_fen, meter(selling).aid_fen, meter(selling).share_bp) == (
        10_000,
        4_900,
        4_900,
    )
    assert (meter(other).sales_fen, meter(other).share_bp) == (4_900, 10_000)
    found, _ = service.meters(selling.session, system_actor(), "2020-10")
    month = {"from_period": "2020-10", "to_period": "2020-10"}
    total = ask(selling.session, Question(measures=("sales", "aid_sales"), **month)).total  # type: ignore[arg-type]
    assert total == {
        "sales": sum(one.sales_fen for one in found),
        "aid_sales": sum(one.aid_fen for one in found),
    }


def test_no_share_is_set_unless_somebody_sets_one(selling: Cabinet) -> None:
    assert (meter(selling).wanted_bp, meter(selling).is_below) == (None, False)
    assert raised(selling, 2020, 10, 28) == 0


def test_below_the_set_share_the_operator_is_told_once_at_the_day_and_once_at_the_months_end(
    selling: Cabinet,
) -> None:
    set_share(selling, 4_901)
    assert raised(selling, 2020, 10, 19) == 0
    assert [raised(selling, 2020, 10, day) for day in (20, 21)] == [1, 0]
    assert [raised(selling, 2020, 11, day) for day in (5, 6, 7)] == [0, 1, 0]
    rows = selling.session.scalars(select(AidShareAlarm).order_by(AidShareAlarm.raised_at)).all()
    assert [(one.occasion, one.sales_fen, one.aid_fen, one.share_bp, one.wanted_bp) for one in rows] == [
        ("within", 10_000, 4_900, 4_900, 4_901),
        ("ended", 10_000, 4_900, 4_900, 4_901),
    ]
    told = selling.session.scalars(
        select(InboxNotice.detail).where(InboxNotice.kind == "aid_share_low")
    ).all()
    assert [one["channels"] for one in told] == [[selling.channel.code], [selling.channel.code]]


def test_at_the_set_share_nobody_is_told(selling: Cabinet) -> None:
    set_share(selling, 4_900)
    assert raised(selling, 2020, 10, 28) == 0


def test_a_share_is_set_for_months_to_come_once_by_who_may_in_the_area(selling: Cabinet) -> None:
    with pytest.raises(Invalid) as refused:
        set_share(selling, 5_000, from_period="2020-09")
    assert refused.value.code == "from_period"
    set_share(selling, 5_000)
    official = Actor(
        account_id=uuid7(), person_id=uuid7(), organisation_id=None, held=(held("statistician", "650000"),)
    )
    with pytest.raises(Forbidden):
        service.set_share(
            selling.session,
            official,
            channel_kind="counter",
            area_code="440106",
            from_period="2020-10",
            share_bp=1,
            alarm_day=20,
            document_no=None,
        )
    with pytest.raises(AlreadyExists), selling.session.begin_nested():
        set_share(selling, 6_000)


def test_an_operator_sees_the_meters_of_its_own_points_of_sale_only(selling: Cabinet) -> None:
    other = open_cabinet(selling.session)
    other.report(other.row("B1"))
    operator = Actor(
        account_id=uuid7(),
        person_id=uuid7(),
        organisation_id=selling.channel.operator_id,
        held=(held("channel_operator", organisation_id=selling.channel.operator_id),),
    )
    found, _ = service.meters(selling.session, operator, "2020-10")
    assert [one.channel.code for one in found] == [selling.channel.code]


def test_the_smallest_area_decides_by_its_newest_rule_and_may_end_the_setting() -> None:
    def rule(area: str, month: int, share: int | None) -> AidShareRule:
        return AidShareRule(
            channel_kind="counter", area_code=area, from_on=date(2020, month, 1), share_bp=share, alarm_day=20
        )

    rules = [
        rule("440000", 1, 3_000),
        rule("440100", 3, 5_000),
        rule("440100", 6, 6_000),
        rule("440106", 9, None),
    ]

    def share(area: str, month: int) -> int | None:
        found = rule_for(rules, "counter", area, date(2020, month, 1))
        return None if found is None else found.share_bp

    assert [share("440106", month) for month in (1, 3, 8, 9)] == [3_000, 5_000, 6_000, None]
    assert (share("440300", 9), share("450000", 9)) == (3_000, None)
    assert rule_for(rules, "zone", "440106", date(2020, 3, 1)) is None


@pytest.mark.parametrize(
    ("sales", "aid", "share", "below"),
    [
        (0, 0, 5_000, False),
        (3, 1, 3_334, True),
        (3, 1, 3_333, False),
        (100, 50, 5_000, False),
        (1, 0, None, False),
    ],
)
def test_a_share_is_compared_before_it_is_rounded(
    sales: int, aid: int, share: int | None, below: bool
) -> None:
    assert is_below(sales, aid, share) is below
