"""Levy: of ordinary goods only, by the channel's operator, taken back with refunds in their month, own lines and foreign ones."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core.clock import shanghai
from marketplace.core.ids import uuid7
from marketplace.orders.facts import CountedLine, LinesCounted, LinesReversed, ReversedLine
from marketplace.payments.models import LineCharge, Transfer
from marketplace.payments.rules.charges import Charged, charge_after
from marketplace.payments.service.books import balance
from marketplace.payments.service.charges import charge_counted, charge_reversed
from marketplace.payments.service.levies import Levy, levies_seen
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON, Heard, actor_of, open_shop
from tests.support.lines import line_of

IN_OCTOBER = NOON
IN_NOVEMBER = shanghai(2020, 11, 3, 9)


class Counter:
    """A counter with an operator, and foreign sales at it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        shop = open_shop(session)
        self.operator = shop.world.organisation("channel_operator")
        self.channel = shop.world.channel("counter", operator_id=self.operator.id)
        self.product_id = shop.listings[0].id

    def line(self, fen: int, **changes: object) -> CountedLine:
        values: dict[str, object] = {
            "line_id": uuid7(),
            "sale_fen": fen,
            "quantity_milli": 1000,
            "weight_g": None,
            "goods_class": "ordinary",
            "goods_class_reason": None,
            "certificate_id": None,
            "scheme": None,
            "schemes": (),
            "product_id": self.product_id,
            "product_name": "矿泉水",
            "category_code": "0",
            "producer_id": uuid7(),
            "producer_name": "演示企业",
            "producer_kind": "enterprise",
            "origin_area": "440104",
            "channel_id": self.channel.id,
            "channel_kind": "counter",
            "channel_area": "440104",
            "levy_bp": 100,
            "order_id": None,
            "buyer_id": None,
            "buyer_path": "",
            "buyer_kind": "anonymous",
            "buyer_area": "440104",
            "buyer_sector": None,
            "budget_unit_id": None,
            "reserve_year": None,
            "fund_source": None,
            "participation_mode": "other",
            "purchase_kind": "own_purchase",
            "broker_id": None,
            "helper_area": None,
            "sold_at": IN_OCTOBER,
            "counted_at": IN_OCTOBER,
            "is_demo": False,
        }
        return line_of(values | changes)

    def count(self, *lines: CountedLine, event_id: uuid.UUID | None = None) -> LinesCounted:
        fact = LinesCounted(source="intake", event_id=event_id or uuid7(), lines=lines)
        charge_counted(self.session, fact)
        return fact

    def back(self, line: CountedLine, fen: int, at: datetime, event_id: uuid.UUID | None = None) -> None:
        part = ReversedLine(
            line_id=line.line_id, product_id=line.product_id, sale_fen=fen, quantity_milli=1, weight_g=None
        )
        charge_reversed(
            self.session,
            LinesReversed(
                source="intake",
                event_id=event_id or uuid7(),
                reversed_at=at,
                reason="return",
                lines=(part,),
            ),
        )

    @property
    def owed(self) -> int:
        return balance(self.session, "levy_receivable", party=self.operator.id)


@pytest.fixture
def counter(session: Session, heard: Heard) -> Counter:
    return Counter(session)


def test_ten_yuan_of_a_drink_at_one_per_cent_owe_ten_fen_and_aid_goods_nothing(counter: Counter) -> None:
    counter.count(
        counter.line(9_800, goods_class="certified_aid"),
        counter.line(1_000),
        counter.line(700, goods_class="area_produce"),
        counter.line(700, levy_bp=0),
    )
    assert (counter.owed, balance(counter.session, "levy_fund")) == (10, 10)


@pytest.mark.parametrize(("fen", "levy"), [(49, 0), (50, 1), (149, 1), (150, 2)])
def test_a_levy_is_rounded_half_up_once_a_line(counter: Counter, fen: int, levy: int) -> None:
    counter.count(counter.line(fen))
    assert counter.owed == levy
    assert [one for one in verify(counter.session) if one.broken] == []


def test_the_same_fact_twice_owes_once(counter: Counter) -> None:
    line = counter.line(1_000)
    fact = counter.count(line)
    charge_counted(counter.session, fact)
    refund = uuid7()
    counter.back(line, 400, IN_NOVEMBER, refund)
    counter.back(line, 400, IN_NOVEMBER, refund)
    assert counter.owed == 6
    assert counter.session.scalar(select(func.count()).select_from(LineCharge)) == 2
    assert counter.session.scalar(select(func.count()).select_from(Transfer)) == 2


def test_a_refund_takes_its_part_back_in_its_own_month(counter: Counter) -> None:
    line = counter.line(1_000)
    counter.count(line)
    counter.back(line, 350, IN_NOVEMBER)
    finance = actor_of("finance_clerk")
    operator = counter.operator
    assert levies_seen(counter.session, finance, "2020-10") == [
        Levy("2020-10", operator.id, operator.name, 1, 1_000, 10)
    ]
    assert levies_seen(counter.session, finance, "2020-11") == [
        Levy("2020-11", operator.id, operator.name, 1, -350, -3)
    ]
    counter.back(line, 650, IN_NOVEMBER + timedelta(days=1))
    assert (counter.owed, balance(counter.session, "levy_fund")) == (0, 0)


def test_parts_that_go_back_one_by_one_leave_nothing_and_never_less(counter: Counter) -> None:
    line = counter.line(1_049)
    counter.count(line)
    for _ in range(1_049):
        counter.back(line, 1, IN_NOVEMBER)
        assert 0 <= counter.owed <= 10
    assert counter.owed == 0
    with pytest.raises(ValueError, match="more goes back"):
        counter.back(line, 1, IN_NOVEMBER)


def test_an_operator_sees_its_own_levy_and_a_stranger_none(counter: Counter) -> None:
    counter.count(counter.line(1_000))
    own = actor_of("channel_operator", counter.operator.id)
    assert [one.levy_fen for one in levies_seen(counter.session, own, "2020-10")] == [10]
    stranger = actor_of("channel_operator", uuid7())
    assert levies_seen(counter.session, stranger, "2020-10") == []


def test_the_charge_is_always_the_rate_on_what_is_left() -> None:
    assert charge_after(250, Charged(0, 0), 14_700) == 368
    assert charge_after(250, Charged(14_700, 368), -4_900) == -123
    assert charge_after(250, Charged(9_800, 245), -9_800) == -245
