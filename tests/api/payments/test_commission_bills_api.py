"""Bills of commission by HTTP: drawn up once a month is over, seen by the producer and its authority, paid once and whole."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from tests.support.settling import hear_money

SIXTH = shanghai(2020, 11, 6, 9)
TENTH = shanghai(2020, 11, 10, 9)
DECEMBER = shanghai(2020, 12, 6, 9)
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def billed(desk: Any) -> Any:
    """An order of 98.00 paid to the producer itself, counted; 2.5 % of it is the platform's, as two people of finance agreed."""
    hear_money(desk.heard)
    agreed = {"document_no": "佣金1", "commission_bp": 250, "area_code": "440000", "valid_from": "2020-01-01"}
    made = desk.post("/commission-agreements", desk.finance, agreed).get_json()
    path = f"/commission-agreements/{made['id']}/decision"
    assert desk.post(path, desk.as_role("finance_clerk"), {"approve": True}).status_code == 200
    desk.number = sold(desk, 2, "R-1", "2020-10-01T12:00:00+08:00")
    desk.asked = {"producer_id": str(desk.shop.seller_actor.organisation_id), "period": "2020-10"}
    return desk


def sold(desk: Any, units: int, reference: str, paid_at: str) -> str:
    """The number of an order of so many units at 49.00, from its placing to its evaluation."""
    number: str = desk.place((units,))
    receipt = {
        "order_number": number, "amount_fen": units * 4_900, "currency": "CNY",
        "reference": reference, "payer_name": "演示预算单位", "paid_at": paid_at,
    }  # fmt: skip
    assert desk.post("/payments", desk.finance, receipt).status_code == 201
    for step in ("confirmation", "shipment", "delivery"):
        assert desk.post(f"/orders/{number}/{step}", desk.seller, {}).status_code == 200, step
    assert desk.post(f"/orders/{number}/acceptance", desk.buyer, {}).status_code == 200
    assert desk.post(f"/orders/{number}/evaluation", desk.buyer, {"stars": 5}).status_code == 200
    return number


def drawn(desk: Any) -> dict[str, Any]:
    """The bill of October, drawn up on the sixth of November."""
    with frozen_at(SIXTH):
        answer = desk.post("/commission-bills", desk.finance, desk.asked)
    assert answer.status_code == 201, answer.get_json()
    bill: dict[str, Any] = answer.get_json()["bill"]
    return bill


def payment(**changes: Any) -> dict[str, Any]:
    whole = {"amount_fen": 245, "reference": "E-1", "paid_at": "2020-11-09T02:00:00+00:00"}
    return whole | changes


def standing(desk: Any) -> dict[str, int]:
    """Balances of the books by account, fen."""
    items = desk.get("/books/accounts", desk.finance).get_json()["items"]
    return {one["account"]: one["balance_fen"] for one in items if one["account"] in ("fees", "own_bank")}


def paid_audits() -> int:
    with db.transaction() as session:
        return int(
            session.scalar(
                text("SELECT count(*) FROM core.audit_record WHERE action = 'payments.commission_bill.paid'")
            )
            or 0
        )


def test_a_month_is_billed_listed_shown_and_paid_whole(billed: Any) -> None:
    bill = drawn(billed)
    assert (bill["lines"], bill["base_fen"], bill["total_fen"]) == (1, 9_800, 245)
    assert (bill["state"], bill["state_title"], bill["reference"], bill["paid_at"]) == (
        "drawn",
        "待支付",
        None,
        None,
    )
    assert bill["producer_id"] == billed.asked["producer_id"]
    own = billed.as_role("producer_finance", organisation_id=billed.shop.seller_actor.organisation_id)
    for who in (billed.seller, own, billed.finance, billed.as_role("finance_supervisor")):
        listed = billed.get("/commission-bills?period=2020-10&state=drawn", who).get_json()
        assert listed == {"items": [bill], "next_cursor": None}
        shown = billed.get(f"/commission-bills/{bill['number']}", who).get_json()
        [line] = shown.pop("items")
        assert shown == bill
        assert (line["order_number"], line["rate_bp"], line["base_fen"], line["charge_fen"]) == (
            billed.number,
            250,
            9_800,
            245,
        )
    with frozen_at(TENTH):
        answer = billed.post(f"/commission-bills/{bill['number']}/payment", billed.finance, payment())
    paid = answer.get_json()
    assert (answer.status_code, paid["state"], paid["state_title"]) == (200, "paid", "已支付")
    assert (paid["reference"], paid["paid_at"]) == ("E-1", "2020-11-09T02:00:00+00:00")
    assert standing(billed) == {"fees": 245, "own_bank": 245}
    assert billed.get("/commission-bills?state=drawn", billed.seller).get_json()["items"] == []
    assert billed.get("/commission-bills?period=2020-11", billed.seller).get_json()["items"] == []
    assert billed.get("/commission-bills?state=paid", billed.seller).get_json()["items"] == [paid]


def test_the_same_month_asked_again_is_the_same_bill_and_a_month_without_debt_is_null(billed: Any) -> None:
    bill = drawn(billed)
    with frozen_at(DECEMBER):
        again = billed.post("/commission-bills", billed.finance, billed.asked)
        nothing = billed.post("/commission-bills", billed.finance, billed.asked | {"period": "2020-11"})
    assert again.get_json() == {"bill": bill}
    assert nothing.get_json() == {"bill": None}
    assert billed.get("/commission-bills", billed.finance).get_json()["items"] == [bill]


def test_a_repeated_request_pays_once_and_a_second_payment_is_409(billed: Any) -> None:
    path = f"/commission-bills/{drawn(billed)['number']}/payment"
    with frozen_at(TENTH):
        first = billed.post(path, billed.finance, payment(), key="pay-1")
        repeated = billed.post(path, billed.finance, payment(), key="pay-1")
        changed = billed.post(path, billed.finance, payment(reference="E-2"), key="pay-1")
        second = billed.post(path, billed.finance, payment(reference="E-2"))
        without = billed.client.post(f"/api/v1{path}", headers=billed.finance, json=payment())
    assert (repeated.status_code, repeated.get_json()) == (200, first.get_json())
    assert (changed.status_code, changed.get_json()["code"]) == (422, "idempotency_key_reused")
    assert (second.status_code, second.get_json()["code"]) == (409, "illegal_transition")
    assert without.status_code == 400
    assert standing(billed) == {"fees": 245, "own_bank": 245}
    assert paid_audits() == 1


def test_a_bank_line_pays_one_bill(billed: Any) -> None:
    october = drawn(billed)
    with frozen_at(shanghai(2020, 11, 20, 12)):
        sold(billed, 4, "R-2", "2020-11-20T12:00:00+08:00")
        billed.post(f"/commission-bills/{october['number']}/payment", billed.finance, payment())
    with frozen_at(DECEMBER):
        asked = billed.asked | {"period": "2020-11"}
        november = billed.post("/commission-bills", billed.finance, asked).get_json()["bill"]
        assert november["total_fen"] == 490
        path = f"/commission-bills/{november['number']}/payment"
        wanted = payment(amount_fen=490, paid_at="2020-12-06T09:00:00+08:00")
        twice = billed.post(path, billed.finance, wanted)
        assert (twice.status_code, twice.get_json()["code"]) == (409, "receipt_already_booked")
        assert billed.post(path, billed.finance, wanted | {"reference": "E-2"}).status_code == 200
    page = billed.get("/commission-bills?page_size=1", billed.seller).get_json()
    rest = billed.get(f"/commission-bills?page_size=1&cursor={page['next_cursor']}", billed.seller).get_json()
    assert [one["period"] for one in (*page["items"], *rest["items"])] == ["2020-11", "2020-10"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount_fen": 244}, 422, "bill_amount"),
        ({"amount_fen": 246}, 422, "bill_amount"),
        ({"amount_fen": 0}, 422, "invalid"),
        ({"amount_fen": 24.5}, 422, "invalid"),
        ({"reference": ""}, 422, "invalid"),
        ({"reference": None}, 422, "invalid"),
        ({"paid_at": "2020-11-06T08:59:59+08:00"}, 422, "bill_paid_at"),
        ({"paid_at": "2020-11-10T09:00:01+08:00"}, 422, "bill_paid_at"),
        ({"paid_at": "2020-11-31"}, 422, "invalid"),
        ({"payer": "谁"}, 422, "invalid"),
    ],
)
def test_a_bad_payment_is_refused_and_nothing_is_booked(
    billed: Any, change: dict[str, Any], status: int, code: str
) -> None:
    number = drawn(billed)["number"]
    with frozen_at(TENTH):
        refused = billed.post(f"/commission-bills/{number}/payment", billed.finance, payment() | change)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    assert billed.get(f"/commission-bills/{number}", billed.seller).get_json()["state"] == "drawn"
    assert standing(billed) == {"fees": 245}
    assert paid_audits() == 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"period": "2020-11"}, 409, "month_not_over"),
        ({"period": "2020-13"}, 422, "invalid"),
        ({"period": None}, 422, "invalid"),
        ({"producer_id": NOBODY}, 422, "producer_not_found"),
        ({"producer_id": "白沙"}, 422, "invalid"),
    ],
)
def test_a_bad_question_draws_nothing_up(billed: Any, change: dict[str, Any], status: int, code: str) -> None:
    with frozen_at(SIXTH):
        refused = billed.post("/commission-bills", billed.finance, billed.asked | change)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    assert billed.get("/commission-bills", billed.finance).get_json()["items"] == []


def test_only_finance_of_the_area_draws_up_and_records_and_a_foreign_producer_sees_nothing(
    billed: Any,
) -> None:
    far = billed.as_role("finance_clerk", area_code="650104")
    with db.transaction() as session:
        billed.shop.world.session = session
        other = billed.shop.world.organisation("producer").id
    foreign = [billed.as_role(role, organisation_id=other) for role in ("producer", "producer_finance")]
    others = (billed.buyer, billed.seller, billed.as_role("finance_supervisor"), *foreign)
    with frozen_at(SIXTH):
        for who in (*others, far):
            assert billed.post("/commission-bills", who, billed.asked).status_code == 403
        assert billed.post("/commission-bills", {}, billed.asked).status_code == 401
    bill = drawn(billed)
    path = f"/commission-bills/{bill['number']}"
    with frozen_at(TENTH):
        for who in (*others, far):
            assert billed.post(f"{path}/payment", who, payment()).status_code in {403, 404}
        assert billed.post(f"{path}/payment", {}, payment()).status_code == 401
        assert billed.post("/commission-bills/E0000000/payment", billed.finance, payment()).status_code == 404
    for who in (far, *foreign):
        hidden = billed.get(path, who)
        assert (hidden.status_code, hidden.get_json()["code"]) == (404, "commission_bill_not_found")
        assert billed.get("/commission-bills", who).get_json()["items"] == []
    assert billed.get(path, billed.buyer).status_code == 403
    assert billed.get("/commission-bills?state=open", billed.finance).status_code == 422
    shown = billed.get("/commission-bills", billed.finance).get_json()["items"]
    assert shown == [bill]
    assert paid_audits() == 0
