"""The work list of overdue payments: days and interest exactly, and only what one may see."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from marketplace.orders.models import SalesOrder


def delivered(desk: Any, at: datetime, due_on: date, **changes: Any) -> str:
    """An order placed before payment and delivered, due on a day: 98.00."""
    number: str = desk.place(payment_method="after_delivery")
    values = {"delivered_at": at, "due_on": due_on, "state": "delivered"} | changes
    with db.transaction() as session:
        session.execute(update(SalesOrder).where(SalesOrder.number == number).values(**values))
    return number


def listed(desk: Any, who: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    answer = desk.get(f"/payments/overdue{query}", who)
    assert answer.status_code == 200, answer.get_json()
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_an_order_is_overdue_from_the_day_after_its_last_with_half_a_per_mille_a_day(desk: Any) -> None:
    number = delivered(desk, shanghai(2020, 9, 20, 9), date(2020, 10, 20))
    with frozen_at(shanghai(2020, 10, 20, 23, 59, 59)):
        assert listed(desk, desk.buyer) == []
    with frozen_at(shanghai(2020, 10, 30)):
        (row,) = listed(desk, desk.buyer)
    assert row["order_number"] == number
    assert (row["delivered_on"], row["due_on"], row["days_overdue"]) == ("2020-09-20", "2020-10-20", 10)
    assert (row["open_fen"], row["interest_fen"]) == (9_800, 49)


def test_interest_is_on_what_is_still_open_and_none_is_left_when_it_is_paid(desk: Any) -> None:
    number = delivered(desk, shanghai(2020, 8, 1), date(2020, 8, 31))
    assert desk.pay(number, 4_000).status_code == 201
    (row,) = listed(desk, desk.finance)
    assert (row["days_overdue"], row["open_fen"], row["interest_fen"]) == (31, 5_800, 90)
    assert desk.pay(number, 5_800, "R-2").status_code == 201
    assert listed(desk, desk.finance) == []


def test_the_longest_overdue_come_first_and_pages_go_on(desk: Any) -> None:
    later = delivered(desk, shanghai(2020, 8, 2), date(2020, 9, 1))
    first = delivered(desk, shanghai(2020, 8, 1), date(2020, 8, 31))
    page = desk.get("/payments/overdue?page_size=1", desk.finance).get_json()
    rest = desk.get(f"/payments/overdue?page_size=1&cursor={page['next_cursor']}", desk.finance).get_json()
    assert [row["order_number"] for row in (*page["items"], *rest["items"])] == [first, later]
    assert rest["next_cursor"] is None


def test_prepaid_and_cancelled_orders_are_not_overdue(desk: Any) -> None:
    delivered(desk, shanghai(2020, 8, 1), date(2020, 8, 31), payment_method="prepaid")
    delivered(desk, shanghai(2020, 8, 1), date(2020, 8, 31), state="cancelled")
    assert listed(desk, desk.finance) == []


def test_only_the_two_sides_and_those_over_their_areas_see_it(desk: Any) -> None:
    delivered(desk, shanghai(2020, 8, 1), date(2020, 8, 31))
    area = desk.shop.buyer.fiscal_area or desk.shop.buyer.area_code
    seen = {
        "finance of the area": desk.as_role("finance_clerk", area),
        "the buyer": desk.buyer,
        "finance elsewhere": desk.as_role("finance_clerk", "650000"),
    }
    assert {name: len(listed(desk, who)) for name, who in seen.items()} == {
        "finance of the area": 1,
        "the buyer": 1,
        "finance elsewhere": 0,
    }
    assert listed(desk, desk.finance, f"?area={area}") != []
    assert listed(desk, desk.finance, "?area=650000") == []
    assert desk.get("/payments/overdue?area=999999", desk.finance).status_code == 422
    assert desk.get("/payments/overdue", desk.as_role("auditor")).status_code == 403
    assert desk.get("/payments/overdue", {}).status_code == 401
