"""Levy statements by HTTP: both sides see the same figures and sign them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from tests.orders_world import NOON
from tests.service.payments.test_charges import Counter

SIXTH = shanghai(2020, 11, 6, 9)


@pytest.fixture
def counter(client: FlaskClient) -> Counter:
    with frozen_at(NOON), db.transaction() as session:
        made = Counter(session)
        made.count(made.line(1_000), made.line(2_000))
    return made


def test_a_statement_is_drawn_up_shown_disputed_drawn_up_again_and_signed_by_both_sides(
    client: FlaskClient, counter: Counter, as_role: Callable[..., dict[str, str]]
) -> None:
    operator = as_role("channel_operator", organisation_id=counter.operator.id)
    authority = as_role("finance_supervisor", "440000")
    elsewhere = as_role("finance_supervisor", "650000")
    keys = iter(range(100))

    def post(who: dict[str, str], path: str, body: Any = None) -> Any:
        headers = who | {"Idempotency-Key": f"k-{next(keys)}"}
        return client.post(f"/api/v1/levy-statements{path}", headers=headers, json=body or {})

    wanted = {"operator_id": str(counter.operator.id), "period": "2020-10"}
    with frozen_at(SIXTH):
        assert post(elsewhere, "", wanted).status_code == 403
        first = post(authority, "", wanted).get_json()["statement"]
        assert (first["total_fen"], first["state_title"], first["version"]) == (30, "待双方确认", 1)
        told = post(operator, f"/{first['number']}/dispute", {"reason": "有一笔不是本柜的"})
        assert told.get_json()["disputed_side"] == "operator"
        assert post(operator, f"/{first['number']}/confirmation").status_code == 409
        second = post(operator, "", wanted).get_json()["statement"]
        path = f"/{second['number']}"
        assert post(operator, f"{path}/check").status_code == 403
        assert post(elsewhere, f"{path}/check").status_code == 404
        assert post(operator, f"{path}/confirmation").get_json()["state"] == "drawn"
        assert post(authority, f"{path}/check").get_json()["state"] == "agreed"
        shown = client.get(f"/api/v1/levy-statements{path}", headers=operator).get_json()
        text = client.get(f"/api/v1/levy-statements{path}/file", headers=authority).get_data(as_text=True)
        listed = client.get("/api/v1/levy-statements?period=2020-10", headers=operator).get_json()["items"]
        assert client.get("/api/v1/levy-statements", headers=elsewhere).get_json()["items"] == []
    assert [(one["channel_code"], one["lines"], one["levy_fen"]) for one in shown["items"]] == [
        (counter.channel.code, 2, 30)
    ]
    assert "0.30" in text
    assert [(one["version"], one["state"]) for one in listed] == [(2, "agreed"), (1, "superseded")]


def test_a_statement_is_paid_checked_by_another_person_and_listed_by_channel_and_month(
    client: FlaskClient, counter: Counter, as_role: Callable[..., dict[str, str]]
) -> None:
    operator = as_role("channel_operator", organisation_id=counter.operator.id)
    authority, other = (as_role("finance_supervisor", "440000") for _ in range(2))
    keys = iter(range(100))

    def post(who: dict[str, str], path: str, body: Any = None) -> Any:
        headers = who | {"Idempotency-Key": f"p-{next(keys)}"}
        return client.post(f"/api/v1{path}", headers=headers, json=body or {})

    paid = {
        "paid_on": "2020-11-06", "amount_fen": 20, "fund": "own",
        "reference_kind": "bank_line", "reference": "20201106-0001",
    }  # fmt: skip
    with frozen_at(SIXTH):
        wanted = {"operator_id": str(counter.operator.id), "period": "2020-10"}
        number = post(authority, "/levy-statements", wanted).get_json()["statement"]["number"]
        path = f"/levy-statements/{number}"
        early = post(operator, f"{path}/payments", paid)
        assert (early.status_code, early.get_json()["code"]) == (409, "levy_not_agreed")
        post(operator, f"{path}/confirmation")
        assert post(authority, f"{path}/check").get_json()["due_on"] == "2020-11-21"
        for wrong in ({"amount_fen": 0}, {"fund": "mine"}, {"reference": ""}, {"paid_on": "2020-11-31"}):
            assert post(operator, f"{path}/payments", paid | wrong).status_code == 422
        made = post(authority, f"{path}/payments", paid)
        assert (made.status_code, made.get_json()["state_title"]) == (201, "待核对")
        payment = f"/levy-payments/{made.get_json()['number']}"
        assert post(operator, f"{payment}/check").status_code == 403
        same = post(authority, f"{payment}/check")
        assert (same.status_code, same.get_json()["code"]) == (403, "same_person")
        assert post(other, f"{payment}/check").get_json()["state"] == "checked"
        too_much = post(operator, f"{path}/payments", paid | {"amount_fen": 11, "reference": "2"})
        assert (too_much.status_code, too_much.get_json()["left_fen"]) == (409, 10)
        shown = client.get(f"/api/v1{path}/payments", headers=operator).get_json()
    with frozen_at(shanghai(2020, 11, 22, 9)):
        [late] = client.get("/api/v1/levy-dues?which=overdue", headers=authority).get_json()["items"]
        assert client.get("/api/v1/levy-dues?which=paid", headers=operator).get_json()["items"] == []
        text = client.get("/api/v1/levy-dues/file?period=2020-10", headers=operator).get_data(as_text=True)
    assert [(one["reference"], one["amount_fen"], one["state"]) for one in shown["payments"]] == [
        ("20201106-0001", 20, "checked")
    ]
    assert (late["statement"], late["left_fen"], late["standing"], late["is_overdue"]) == (
        number,
        10,
        "partly",
        True,
    )
    assert late["parts"] == [
        {
            "channel_code": counter.channel.code,
            "channel_name": counter.channel.name,
            "period": "2020-10",
            "owed_fen": 30,
            "paid_fen": 20,
            "left_fen": 10,
        }
    ]
    assert f"{counter.channel.code}," in text
    assert "0.30,0.20,0.10,2020-11-21,部分缴纳,是" in text
