"""Approval over HTTP: refusal of a direct checkout, a request, its steps, a batch with results per item."""

from __future__ import annotations

import pytest

from tests.orders_desk import Desk
from tests.orders_world import DELIVER_TO

RULE = {
    "direct_up_to_fen": 5_000,
    "tiers": [{"up_to_fen": None, "steps": [{"kind": "reviewer"}]}],
}


@pytest.fixture
def reviewer(desk: Desk) -> dict[str, str]:
    unit = desk.shop.buyer.id
    manager = desk.as_role("buyer_manager", organisation_id=unit)
    made = desk.post("/approval-rules", manager, RULE | {"organisation_id": str(unit)})
    assert made.status_code == 201, made.get_json()
    assert made.get_json()["until_instant"] is None
    return desk.as_role("buyer_reviewer", organisation_id=unit)


def _ask(desk: Desk) -> str:
    answer = desk.post("/purchase-requests", desk.buyer, desk.checkout((2,)))
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["number"])


def test_a_direct_checkout_above_the_amount_is_409(desk: Desk, reviewer: dict[str, str]) -> None:
    answer = desk.post("/checkouts", desk.buyer, desk.checkout((2,)))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "approval_required")
    assert desk.get("/orders", desk.buyer).get_json()["items"] == []


def test_a_request_is_approved_and_ordered(desk: Desk, reviewer: dict[str, str]) -> None:
    number = _ask(desk)
    waiting = desk.get("/purchase-requests?mine=to_decide", reviewer).get_json()["items"]
    assert [(row["number"], row["ageing"], row["waiting_for"]) for row in waiting] == [
        (number, "fresh", "reviewer")
    ]
    own = desk.post(
        f"/purchase-requests/{number}/decision", desk.buyer, {"round": 0, "step": 0, "approve": True}
    )
    assert own.status_code == 403
    decided = desk.post(
        f"/purchase-requests/{number}/decision",
        reviewer,
        {"round": 0, "step": 0, "approve": True, "opinion": "同意"},
    ).get_json()
    assert decided["state"] == "placed"
    assert decided["decisions"][0]["opinion"] == "同意"
    orders = desk.get("/orders", desk.buyer).get_json()["items"]
    assert [order["total_fen"] for order in orders] == [9_800]
    shown = desk.get(f"/purchase-requests/{number}", desk.buyer).get_json()
    assert shown["checkout_number"] == decided["checkout_number"]
    assert DELIVER_TO["name"] not in str(shown)


def test_a_batch_answers_for_each_and_again_the_same(desk: Desk, reviewer: dict[str, str]) -> None:
    first, second = _ask(desk), _ask(desk)
    desk.post(f"/purchase-requests/{second}/withdrawal", desk.buyer)
    body = {"items": [{"number": number, "round": 0, "step": 0} for number in (first, second, "QNONE")]}
    for _ in range(2):
        items = desk.post("/purchase-request-approvals", reviewer, body).get_json()["items"]
        assert [item["done"] for item in items] == [True, False, False]
        assert items[0]["state"] == "placed"
        assert items[2]["code"] == "not_found"
    assert len(desk.get("/orders", desk.buyer).get_json()["items"]) == 1


def test_a_stranger_finds_no_request_and_no_rule(desk: Desk, reviewer: dict[str, str]) -> None:
    number = _ask(desk)
    far = desk.as_role("buyer_reviewer", organisation_id=desk.shop.seller_actor.organisation_id)
    assert desk.get(f"/purchase-requests/{number}", far).status_code == 404
    assert desk.get("/purchase-requests", far).get_json()["items"] == []
    assert desk.get("/approval-rules", far).get_json()["items"] == []
    rules = desk.get("/approval-rules", reviewer).get_json()["items"]
    assert [rule["direct_up_to_fen"] for rule in rules] == [5_000]
    manager = desk.as_role("buyer_manager", organisation_id=desk.shop.seller_actor.organisation_id)
    assert desk.post(f"/approval-rules/{rules[0]['id']}/end", manager).status_code == 404


def test_a_delegation_is_made_listed_and_ended(desk: Desk, reviewer: dict[str, str]) -> None:
    body = {
        "to_account_id": desk.buyer["X-Test-Account"],
        "starts_at": "2020-10-01T00:00:00+08:00",
        "ends_at": "2020-10-03T00:00:00+08:00",
        "reason": "出差",
    }
    made = desk.post("/approval-delegations", reviewer, body)
    assert made.status_code == 201, made.get_json()
    assert len(desk.get("/approval-delegations", desk.buyer).get_json()["items"]) == 1
    key = made.get_json()["id"]
    ended = desk.post(f"/approval-delegations/{key}/end", reviewer)
    assert ended.get_json()["revoked_at"] is not None
    assert desk.post(f"/approval-delegations/{key}/end", reviewer).status_code == 409
