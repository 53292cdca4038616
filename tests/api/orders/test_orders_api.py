"""Orders by HTTP: statuses, shapes, repeated requests, and that a refusal changed nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select

from marketplace.app import compose
from marketplace.core import db
from marketplace.orders import service
from marketplace.orders.models import Checkout, SalesOrder


def _placed() -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(Checkout)) or 0


def test_a_checkout_answers_with_its_orders_and_lines(desk: Any) -> None:
    answer = desk.post("/checkouts", desk.buyer, desk.checkout((2, 1), fund_source="canteen"))
    assert answer.status_code == 201
    body = answer.get_json()
    assert body["total_fen"] == 15_700
    assert body["placed_at"] == "2020-10-01T04:00:00+00:00"
    [order] = body["orders"]
    assert (order["total_fen"], order["tax_fen"], order["due_on"]) == (15_700, 809 + 487, "2020-10-31")
    assert (order["participation_mode"], order["reserve_year"]) == ("government_procurement", 2020)
    assert [(line["line_no"], line["amount_fen"], line["tax_fen"]) for line in order["lines"]] == [
        (1, 9800, 809),
        (2, 5900, 487),
    ]
    assert "演示路" not in answer.get_data(as_text=True)


def test_the_same_key_and_body_place_one_order_and_get_the_same_answer(desk: Any) -> None:
    first = desk.post("/checkouts", desk.buyer, desk.checkout(), key="k1")
    again = desk.post("/checkouts", desk.buyer, desk.checkout(), key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert _placed() == 1


def test_the_same_key_with_another_body_is_422(desk: Any) -> None:
    desk.post("/checkouts", desk.buyer, desk.checkout(), key="k1")
    other = desk.post("/checkouts", desk.buyer, desk.checkout((3,)), key="k1")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    assert _placed() == 1


def test_a_price_that_differs_is_409_with_the_present_price(desk: Any) -> None:
    body = desk.checkout()
    body["lines"][0]["unit_price_fen"] = 4800
    answer = desk.post("/checkouts", desk.buyer, body)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "price_changed")
    assert answer.get_json()["prices_fen"] == ["4900"]
    assert _placed() == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"payment_method": "credit"}, "/payment_method"),
        ({"participation_mode": "x"}, "/participation_mode"),
        ({"fund_source": 1}, "/fund_source"),
        ({"buyer_id": "x"}, "/buyer_id"),
        ({"surprise": 1}, "/surprise"),
        ({"contract_days": True}, "/contract_days"),
    ],
)
def test_a_bad_field_is_422_and_says_where(desk: Any, change: dict[str, Any], pointer: str) -> None:
    answer = desk.post("/checkouts", desk.buyer, desk.checkout() | change)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]
    assert _placed() == 0


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": 0},
        {"quantity": 1.5},
        {"quantity": True},
        {"quantity": 10**12},
        {"unit_price_fen": "4900.0"},
        {"unit_price_fen": 0},
        {"listing_id": "0"},
    ],
)
def test_a_bad_line_is_422(desk: Any, line: dict[str, Any]) -> None:
    body = desk.checkout()
    body["lines"][0] |= line
    answer = desk.post("/checkouts", desk.buyer, body)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"].startswith("/lines/0/")


def test_an_unknown_listing_is_422(desk: Any) -> None:
    body = desk.checkout()
    body["lines"][0]["listing_id"] = "01926c5e-7f00-7000-8000-000000000001"
    answer = desk.post("/checkouts", desk.buyer, body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "unknown_listing")


def test_nobody_and_the_wrong_role_do_not_place_orders(desk: Any) -> None:
    assert desk.post("/checkouts", {}, desk.checkout()).status_code == 401
    assert desk.post("/checkouts", desk.seller, desk.checkout()).status_code == 403
    assert _placed() == 0


def test_a_checkout_of_three_lines_takes_at_most_twenty_statements_in_all(desk: Any) -> None:
    desk.post("/checkouts", desk.buyer, desk.checkout((1, 1, 1)))
    sent: list[str] = []

    def write_down(_c: object, _u: object, statement: str, *_: object) -> None:
        sent.append(statement.split("\n", maxsplit=1)[0][:90])

    engine = db.current().engine
    event.listen(engine, "before_cursor_execute", write_down)
    try:
        assert desk.post("/checkouts", desk.buyer, desk.checkout((1, 2, 3))).status_code == 201
    finally:
        event.remove(engine, "before_cursor_execute", write_down)
    begin_and_commit = 2
    assert len(sent) + begin_and_commit <= 20, sent


def test_an_order_goes_its_whole_way_by_http_and_counts(desk: Any) -> None:
    number = desk.place((2,))
    path = f"/orders/{number}"
    assert desk.pay(number, 9800).status_code == 201
    assert desk.post(f"{path}/confirmation", desk.seller).get_json()["state"] == "confirmed"
    shipped = desk.post(f"{path}/shipment", desk.seller, {"lines": [{"line_no": 1, "quantity": 1}]})
    assert shipped.get_json()["state"] == "partly_shipped"
    shipped = desk.post(f"{path}/shipment", desk.seller, {"carrier": "演示快递", "tracking_no": "YS1"})
    assert shipped.get_json()["state"] == "shipped"
    assert [row["tracking_no"] for row in shipped.get_json()["shipments"]] == [None, "YS1"]
    assert desk.post(f"{path}/delivery", desk.buyer).get_json()["state"] == "delivered"
    assert desk.post(f"{path}/acceptance", desk.buyer, {}).get_json()["state"] == "accepted"
    standing = desk.get(f"{path}/attribution", desk.buyer).get_json()
    assert standing["lines"][0]["missing"] == [
        {"fact": "evaluated", "title": "评价", "actor": "buyer", "actor_title": "采购人"}
    ]
    done = desk.post(f"{path}/evaluation", desk.buyer, {"stars": 5, "comment": "新鲜"})
    assert done.status_code == 200
    assert done.headers["ETag"] == f'"{_version(number)}"'
    assert done.get_json()["lines"][0]["counted_fen"] == 9800
    assert done.get_json()["evaluation"] == {
        "stars": 5,
        "comment": "新鲜",
        "at": "2020-10-01T04:00:00+00:00",
    }
    standing = desk.get(f"{path}/attribution", desk.buyer).get_json()
    assert (standing["lines"][0]["missing"], standing["entries"]) == ([], [])
    assert [line.sale_fen for line in desk.heard.counted[0].lines] == [9800]


def _version(number: str) -> int:
    with db.transaction() as session:
        return service.lock_order(session, number).row_version


def test_a_step_that_the_state_does_not_allow_is_409_with_the_reason(desk: Any) -> None:
    number = desk.place()
    answer = desk.post(f"/orders/{number}/evaluation", desk.buyer, {"stars": 5})
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "illegal_transition")
    assert (problem["current"], problem["target"], problem["allowed"]) == (
        "placed",
        "evaluated",
        ["confirmed", "cancelled"],
    )


def test_rejecting_needs_a_reason(desk: Any) -> None:
    number = desk.place()
    body = {"rejected": [{"line_no": 1, "quantity": 1}]}
    answer = desk.post(f"/orders/{number}/acceptance", desk.buyer, body)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/reason")


def test_lists_show_each_side_its_own_orders_page_by_page(desk: Any) -> None:
    numbers = [desk.place((1,)) for _ in range(3)]
    page = desk.get("/orders?page_size=2", desk.buyer).get_json()
    assert [row["number"] for row in page["items"]] == numbers[:0:-1]
    rest = desk.get(f"/orders?page_size=2&cursor={page['next_cursor']}", desk.seller).get_json()
    assert ([row["number"] for row in rest["items"]], rest["next_cursor"]) == ([numbers[0]], None)
    stranger = desk.as_role("buyer", organisation_id=desk.shop.seller_actor.organisation_id)
    assert len(desk.get("/orders", stranger).get_json()["items"]) == 3
    elsewhere = desk.as_role("county_officer", "441403")
    assert desk.get("/orders", elsewhere).get_json()["items"] == []
    for area in ("440100", "469025"):
        official = desk.as_role("county_officer", area)
        assert len(desk.get("/orders", official).get_json()["items"]) == 3
    assert desk.get(f"/orders/{numbers[0]}", elsewhere).status_code == 404


def test_the_work_list_says_who_must_act(desk: Any) -> None:
    unpaid, paid = desk.place((1,)), desk.place((1,))
    desk.pay(paid, 4900)
    rows = desk.get("/uncounted-lines", desk.finance).get_json()["items"]
    assert [(row["order_number"], row["missing"][0]["actor"]) for row in rows] == [
        (unpaid, "producer"),
        (paid, "producer"),
    ]
    owing = desk.get("/uncounted-lines?actor=buyer_finance", desk.finance).get_json()["items"]
    assert [row["order_number"] for row in owing] == [unpaid]
    desk.post(f"/orders/{unpaid}/cancellation", desk.buyer, {"reason": "重复下单"})
    assert [row["order_number"] for row in desk.get("/uncounted-lines", desk.buyer).get_json()["items"]] == [
        paid
    ]


def test_the_delivery_address_is_for_the_two_sides_only(desk: Any) -> None:
    number = desk.place()
    path = f"/orders/{number}/delivery-address?purpose=发货"
    assert desk.get(path, desk.seller).get_json()["address"] == "演示路1号"
    assert desk.get(path, desk.finance).status_code == 403
    assert desk.get(f"/orders/{number}/delivery-address", desk.seller).status_code == 422


def test_a_return_by_http_with_its_refund(desk: Any) -> None:
    number = desk.place((2,))
    desk.pay(number, 9800)
    desk.post(f"/orders/{number}/confirmation", desk.seller)
    desk.post(f"/orders/{number}/shipment", desk.seller, {})
    desk.post(f"/orders/{number}/delivery", desk.seller)
    desk.post(f"/orders/{number}/acceptance", desk.buyer, {})
    desk.post(f"/orders/{number}/evaluation", desk.buyer, {"stars": 4})
    asked = desk.post(
        f"/orders/{number}/returns",
        desk.buyer,
        {"lines": [{"line_no": 1, "quantity": 1}], "reason": "quality"},
    )
    assert asked.status_code == 201
    back = asked.get_json()["number"]
    assert desk.post(f"/returns/{back}/decision", desk.buyer, {"approve": True}).status_code == 403
    assert (
        desk.post(f"/returns/{back}/decision", desk.seller, {"approve": True}).get_json()["state"]
        == "approved"
    )
    received = desk.post(f"/returns/{back}/receipt", desk.seller).get_json()
    assert (received["state"], received["amount_fen"]) == ("goods_received", 4900)
    assert received["lines"] == [{"line_no": 1, "quantity": 1, "amount_fen": 4900}]
    [refund] = desk.get("/refunds?state=requested", desk.finance).get_json()["items"]
    assert (refund["amount_fen"], refund["order_number"]) == (4900, number)
    path = f"/refunds/{refund['number']}/confirmation"
    assert desk.post(path, desk.buyer, {"reference": "B-1"}).status_code == 403
    confirmed = desk.post(path, desk.finance, {"reference": "B-1"}, key="once")
    assert confirmed.get_json()["state"] == "confirmed"
    again = desk.post(path, desk.finance, {"reference": "B-1"}, key="once")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert desk.post(path, desk.finance, {"reference": "B-2"}).status_code == 409
    assert [line.sale_fen for line in desk.heard.reversed[0].lines] == [4900]
    listed = desk.get("/returns?state=refunded", desk.buyer).get_json()["items"]
    assert [row["number"] for row in listed] == [back]


@pytest.mark.parametrize("path", ["/orders/D000000000000", "/orders/D000000000000/attribution"])
def test_an_order_that_does_not_exist_is_404(desk: Any, path: str) -> None:
    assert desk.get(path, desk.buyer).status_code == 404


def test_orders_of_one_checkout_share_it(desk: Any) -> None:
    desk.place((1, 1))
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(SalesOrder)) == 1


def _completed(desk: Any) -> str:
    number = desk.place((2,))
    desk.pay(number, 9800)
    for step, who, body in (
        ("confirmation", desk.seller, None),
        ("shipment", desk.seller, {}),
        ("delivery", desk.seller, None),
        ("acceptance", desk.buyer, {}),
        ("evaluation", desk.buyer, {"stars": 5}),
    ):
        assert desk.post(f"/orders/{number}/{step}", who, body).status_code == 200
    return str(number)


def test_the_attribution_of_a_counted_order_shows_its_entries_in_the_ledger(desk: Any) -> None:
    compose()  # the ledger itself hears of it here
    number = _completed(desk)
    [entry] = desk.get(f"/orders/{number}/attribution", desk.buyer).get_json()["entries"]
    assert (entry["kind"], entry["sale_fen"], entry["quantity_milli"]) == ("sale", 9800, 2000)
    assert (entry["agreement_no"], entry["goods_class"], entry["period"]) == (
        None,
        "certified_aid",
        "2020-10",
    )
    platform = desk.as_role("platform_operator")  # sees orders, not the ledger
    answer = desk.get(f"/orders/{number}/attribution", platform).get_json()
    assert (answer["entries"], answer["lines"][0]["counted_fen"]) == ([], 9800)


def test_a_confirmed_refund_is_a_reversal_among_the_entries(desk: Any) -> None:
    compose()
    number = _completed(desk)
    asked = desk.post(
        f"/orders/{number}/returns",
        desk.buyer,
        {"lines": [{"line_no": 1, "quantity": 1}], "reason": "quality"},
    ).get_json()["number"]
    desk.post(f"/returns/{asked}/decision", desk.seller, {"approve": True})
    desk.post(f"/returns/{asked}/receipt", desk.seller)
    [refund] = desk.get("/refunds", desk.finance).get_json()["items"]
    desk.post(f"/refunds/{refund['number']}/confirmation", desk.finance, {"reference": "B-1"})
    entries = desk.get(f"/orders/{number}/attribution", desk.buyer).get_json()["entries"]
    assert [(row["kind"], row["sale_fen"], row["quantity_milli"]) for row in entries] == [
        ("sale", 9800, 2000),
        ("refund", -4900, -1000),
    ]
