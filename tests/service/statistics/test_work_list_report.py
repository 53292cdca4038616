"""The work list of uncounted goods in figures: what is missing, whose move it is, what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core.clock import frozen_at
from marketplace.orders import service
from marketplace.statistics.reports import ReportRequest, report
from marketplace.statistics.reports.protocol import Value
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop

BUYER = ReportRequest("2020-10", "440000", ("440000",), "buyer")


@pytest.fixture
def shop(session: Session, wired: None) -> Iterator[Shop]:
    """A 832 shop at noon of 2020-10-01: lines count when accepted, paid and evaluated."""
    with frozen_at(NOON):
        Heard().compose()
        yield open_shop(session)
    compose()


def work(session: Session, request: ReportRequest = BUYER) -> list[dict[str, Value]]:
    table = report("worklist").build(session, request)
    codes = [column.code for column in table.columns]
    return [
        dict(zip(codes, row, strict=True)) for row in [*table.rows, *([table.total] if table.total else [])]
    ]


def steps(rows: list[dict[str, Value]]) -> list[tuple[Value, ...]]:
    names = ("fact", "actor", "lines", "amount", "next_lines", "next_amount")
    return [tuple(row[name] for name in names) for row in rows]


def test_every_missing_fact_is_counted_with_whose_move_it_is_and_only_next_steps_add_up(
    session: Session, shop: Shop
) -> None:
    placed = shop.place((2,))
    paid = shop.place((1,))
    shop.pay(paid)
    accepted = shop.place((3,))
    shop.pay(accepted)
    shop.deliver(accepted)
    service.accept(session, shop.buyer_actor, accepted.number)
    shop.complete((4,))
    found = work(session)
    assert {row["area"] for row in found[:-1]} == {"广州市"}
    assert steps(found) == [
        ("发货送达", "供应商", 2, 14_700, 2, 14_700),
        ("验收", "采购人", 2, 14_700, 0, 0),
        ("付款", "采购人财务", 1, 9_800, 0, 0),
        ("评价", "采购人", 3, 29_400, 1, 14_700),
        ("", "", 3, 29_400, 3, 29_400),
    ]
    assert placed.counted_at is None


def test_the_report_sums_the_work_list_of_orders(session: Session, shop: Shop) -> None:
    for quantity in (1, 2, 3):
        shop.place((quantity,))
    orders = list(session.scalars(service.uncounted_orders(actor_of("statistician"))))
    listed = service.standings(session, orders)
    total = work(session)[-1]
    assert (total["lines"], total["amount"]) == (len(listed), sum(one.amount_fen for _, one in listed))
    deliver = work(session)[0]
    assert deliver["next_lines"] == sum(one.missing[0][0] == "delivered" for _, one in listed)


def test_cancelled_orders_and_later_ones_wait_for_nothing(session: Session, shop: Shop) -> None:
    order = shop.place((2,))
    assert steps(work(session, replace(BUYER, period="2020-09"))) == [("", "", 0, 0, 0, 0)]
    service.cancel(session, shop.buyer_actor, order.number, "不再需要")
    assert steps(work(session)) == [("", "", 0, 0, 0, 0)]


def test_each_side_sees_it_under_its_own_area_alone(session: Session, shop: Shop) -> None:
    shop.place((2,))
    seller = ReportRequest("2020-10", "460000", ("460000",), level="county")
    assert [row["area"] for row in work(session, seller)] == ["白沙黎族自治县"] * 4 + ["合计"]
    assert steps(work(session, replace(BUYER, areas=("450000",)))) == [("", "", 0, 0, 0, 0)]
    assert steps(work(session, replace(BUYER, view="seller"))) == [("", "", 0, 0, 0, 0)]
