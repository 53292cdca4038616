"""No route tells what a sealed quote says, nor how many there are, before the deadline."""

from __future__ import annotations

from datetime import timedelta

from marketplace.core import db
from marketplace.core.clock import frozen_at
from tests.orders_desk import Desk
from tests.orders_world import NOON


def _ask(desk: Desk) -> tuple[str, list[str]]:
    with db.transaction() as session:
        desk.shop.world.session = session
        suppliers = [str(desk.shop.world.producer().organisation_id) for _ in range(2)]
    suppliers.insert(0, str(desk.shop.seller_actor.organisation_id))
    answer = desk.post(
        "/price-inquiries",
        desk.buyer,
        {
            "buyer_id": str(desk.shop.buyer.id),
            "title": "水果",
            "items": [{"name": "金柚", "unit": "箱", "quantity": 10}],
            "supplier_ids": suppliers,
            "deliver_by": "2020-10-20",
            "deadline": "2020-10-04T12:00:00+08:00",
        },
    )
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["number"]), suppliers


def test_answers_are_the_same_with_and_without_quotes_until_the_opening(desk: Desk) -> None:
    number, suppliers = _ask(desk)
    path = f"/price-inquiries/{number}"
    officials = [desk.as_role(role) for role in ("platform_operator", "finance_supervisor", "county_officer")]
    readers = [desk.buyer, *officials]

    def answers() -> list[tuple[int, str]]:
        asked = [
            desk.get(route, who)
            for who in readers
            for route in (
                path,
                "/price-inquiries",
                f"{path}/comparison",
                f"{path}/quote?supplier_id={suppliers[0]}",
            )
        ]
        return [
            (one.status_code, str(one.get_json().get("items", one.get_json().get("code")))) for one in asked
        ]

    before = answers()
    body = {"supplier_id": suppliers[0], "lines": [{"line_no": 1, "unit_price_fen": 7_654_321}]}
    sent = desk.post(f"{path}/quote", desk.seller, body)
    assert (sent.status_code, sent.get_json()["lines"]) == (201, None)
    assert answers() == before
    own = desk.get(f"{path}/quote?supplier_id={suppliers[0]}", desk.seller)
    assert "7654321" not in own.get_data(as_text=True)
    assert desk.post(f"{path}/opening", desk.buyer).get_json()["code"] == "still_sealed"
    with frozen_at(NOON + timedelta(days=3)):
        assert desk.post(f"{path}/quote", desk.seller, body).status_code == 409
        assert desk.post(f"{path}/opening", desk.buyer).status_code == 200
        compared = desk.get(f"{path}/comparison", desk.buyer).get_json()
        assert compared["totals"] == [
            {"supplier_id": suppliers[0], "total_fen": 76_543_210, "is_lowest": True}
        ]
        awarded = desk.post(f"{path}/award", desk.buyer, {"supplier_id": suppliers[0]})
        assert awarded.get_json()["awarded_to"] == suppliers[0]
        shown = desk.get(path, desk.seller).get_json()
    assert (shown["awarded_to_me"], shown["suppliers"], shown["awarded_to"]) == (True, None, None)


def test_a_withdrawn_quote_is_gone(desk: Desk) -> None:
    number, suppliers = _ask(desk)
    path = f"/price-inquiries/{number}"
    body = {"supplier_id": suppliers[0], "lines": [{"line_no": 1, "unit_price_fen": 100}]}
    desk.post(f"{path}/quote", desk.seller, body)
    gone = desk.client.delete(f"/api/v1{path}/quote?supplier_id={suppliers[0]}", headers=desk.seller)
    assert gone.status_code == 204
    assert desk.get(f"{path}/quote?supplier_id={suppliers[0]}", desk.seller).status_code == 404
    off = desk.post(f"{path}/cancellation", desk.buyer, {"reason": "不再需要"})
    assert off.get_json()["state"] == "cancelled"
