"""Payments by HTTP: who may record, once per bank line, never above due."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from marketplace.core import db
from marketplace.payments.models import Payment


def _booked() -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(Payment)) or 0


def test_a_transfer_is_recorded_and_listed(desk: Any) -> None:
    number = desk.place()
    answer = desk.pay(number, 4000)
    assert answer.status_code == 201
    body = answer.get_json()
    assert (body["amount_fen"], body["method"], body["state"]) == (4000, "bank_transfer", "recorded")
    listed = desk.get(f"/orders/{number}/payments", desk.buyer).get_json()["items"]
    assert [row["reference"] for row in listed] == ["R-1"]
    order = desk.get(f"/orders/{number}", desk.buyer).get_json()
    assert (order["payment_state"], order["paid_fen"]) == ("partly_paid", 4000)


def test_the_same_bank_line_is_booked_once_for_any_order(desk: Any) -> None:
    first, second = desk.place(), desk.place()
    assert desk.pay(first, 9800, "R-7").status_code == 201
    answer = desk.pay(second, 9800, "R-7")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "receipt_already_booked")
    assert _booked() == 1
    assert desk.get(f"/orders/{second}", desk.buyer).get_json()["paid_fen"] == 0


def test_more_than_is_due_is_409_and_another_currency_422(desk: Any) -> None:
    number = desk.place()
    answer = desk.pay(number, 9801)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "above_due")
    assert answer.get_json()["due_fen"] == 9800
    body = {
        "order_number": number,
        "amount_fen": 9800,
        "currency": "USD",
        "reference": "R-1",
        "payer_name": "演示预算单位",
        "paid_at": "2020-10-01T12:00:00+08:00",
    }
    answer = desk.post("/payments", desk.finance, body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "currency")
    assert _booked() == 0


def test_buyers_and_sellers_clerks_do_not_record_money(desk: Any) -> None:
    number = desk.place()
    for who in (desk.buyer, desk.seller):
        body = {
            "order_number": number,
            "amount_fen": 9800,
            "currency": "CNY",
            "reference": "R-1",
            "payer_name": "演示预算单位",
            "paid_at": "2020-10-01T12:00:00+08:00",
        }
        assert desk.post("/payments", who, body).status_code == 403
    other = desk.as_role("producer_finance", organisation_id=desk.shop.buyer.id)
    assert desk.post("/payments", other, body).status_code == 403
    assert _booked() == 0
