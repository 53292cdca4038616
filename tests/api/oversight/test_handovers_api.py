"""Handovers over HTTP: a role from the request to its end, a removal at once, a pairing, and who may not."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Grant
from marketplace.accounts.permissions import ROLES
from marketplace.core import db, pairings
from marketplace.core.clock import today

Headers = dict[str, str]
API = "/api/v1"


@pytest.fixture(autouse=True)
def pairings_forgotten() -> Iterator[None]:
    pairings.forget_ends()
    yield
    pairings.forget_ends()


def send(client: FlaskClient, path: str, who: Headers, body: dict[str, Any], key: str | None = None) -> Any:
    headers = {**who, "Idempotency-Key": key or uuid.uuid4().hex}
    return client.post(f"{API}{path}", headers=headers, json=body)


def grant_of(who: Headers) -> str:
    with db.transaction() as session:
        return str(
            session.scalar(select(Grant.id).where(Grant.account_id == uuid.UUID(who["X-Test-Account"])))
        )


def roles_of(client: FlaskClient, who: Headers) -> list[str]:
    body = client.get(f"{API}/me", headers=who).get_json()
    return [one["role"] for one in body["roles"]]


@pytest.fixture
def people(as_role: Callable[..., Headers]) -> dict[str, Headers]:
    return {
        "leaving": as_role("county_officer", "441403"),
        "coming": as_role("county_officer", "441403"),
        "security": as_role("security_admin", "440000"),
        "stranger": as_role("county_officer", "441424"),
    }


def asked(client: FlaskClient, people: dict[str, Headers], key: str | None = None) -> Any:
    body = {"successor_account_id": people["coming"]["X-Test-Account"], "reason": "轮岗交接"}
    return send(client, f"/grants/{grant_of(people['leaving'])}/handover", people["security"], body, key)


def test_a_holder_finds_the_own_role_and_asks_for_its_handover(
    client: FlaskClient, people: dict[str, Headers]
) -> None:
    (held,) = client.get(f"{API}/me/grants", headers=people["leaving"]).get_json()["items"]
    assert (held["id"], held["role"], held["area_code"]) == (
        grant_of(people["leaving"]),
        "county_officer",
        "441403",
    )
    body = {"successor_account_id": people["coming"]["X-Test-Account"], "reason": "轮岗交接"}
    made = send(client, f"/grants/{held['id']}/handover", people["leaving"], body)
    assert (made.status_code, made.get_json()["state"]) == (201, "open")


def test_a_role_ends_by_a_handover(client: FlaskClient, people: dict[str, Headers]) -> None:
    made = asked(client, people, "once")
    assert made.status_code == 201
    found = made.get_json()
    assert asked(client, people, "once").get_json() == found
    assert (found["state"], found["state_title"], found["title"]) == (
        "open",
        "待接收",
        "县级帮扶部门经办(广东省梅州市梅县区)",
    )
    assert [(one["title"], one["count"]) for one in found["sections"]] == [
        ("未办事项", 0),
        ("未兑现收益", 0),
        ("未退货款", 0),
        ("证据材料", 0),
    ]
    path = f"/handovers/{found['number']}"
    hidden = client.get(f"{API}{path}", headers=people["stranger"])
    assert (hidden.status_code, hidden.get_json()["code"]) == (404, "not_found")
    early = send(client, f"{path}/acceptance", people["leaving"], {"opinion": "同意"})
    assert (early.status_code, early.get_json()["code"]) == (403, "not_successor")
    assert roles_of(client, people["leaving"]) == ["county_officer"]
    done = send(client, f"{path}/acceptance", people["coming"], {"opinion": "已逐项核对,同意接收"})
    assert (done.status_code, done.get_json()["state"]) == (200, "accepted")
    assert [one["title"] for one in done.get_json()["steps"]] == ["提出交接", "接收"]
    assert roles_of(client, people["leaving"]) == []
    late = send(client, f"{path}/refusal", people["coming"], {"reason": "再看看"})
    assert (late.status_code, late.get_json()["code"]) == (409, "illegal_transition")
    assert late.get_json()["detail"] == "交接清单: 不能从 已接收 变为 已退回"


@pytest.mark.parametrize("role", [one.code for one in ROLES if one.kind == "area"])
def test_whoever_holds_a_role_elsewhere_does_not_know_of_a_handover(
    client: FlaskClient, people: dict[str, Headers], as_role: Callable[..., Headers], role: str
) -> None:
    number = asked(client, people).get_json()["number"]
    stranger = as_role(role, "650104")
    answers = [client.get(f"{API}/handovers/{number}", headers=stranger)]
    body: dict[str, dict[str, Any]] = {
        "acceptance": {"opinion": "同意"},
        "refusal": {"reason": "不同意"},
        "withdrawal": {"reason": "撤回"},
        "successor": {"successor_account_id": stranger["X-Test-Account"]},
    }
    answers += [send(client, f"/handovers/{number}/{step}", stranger, said) for step, said in body.items()]
    assert [one.status_code for one in answers] == [404] * 5
    assert client.get(f"{API}/handovers", headers=stranger).get_json()["items"] == []
    kept = client.get(f"{API}/handovers/{number}", headers=people["coming"]).get_json()
    assert (kept["state"], len(kept["steps"])) == ("open", 1)


def test_lists_show_what_concerns_the_asker(client: FlaskClient, people: dict[str, Headers]) -> None:
    number = asked(client, people).get_json()["number"]
    for name, expected in (("leaving", [number]), ("coming", [number]), ("security", [number])):
        found = client.get(f"{API}/handovers?state=open&subject=role", headers=people[name]).get_json()
        assert [one["number"] for one in found["items"]] == expected
    assert client.get(f"{API}/handovers?state=accepted", headers=people["coming"]).get_json()["items"] == []
    unknown = client.get(f"{API}/handovers?state=lost", headers=people["coming"])
    assert unknown.status_code == 422
    assert client.get(f"{API}/handovers").status_code == 401


def test_a_refused_one_can_be_asked_anew_and_withdrawn(
    client: FlaskClient, people: dict[str, Headers]
) -> None:
    number = asked(client, people).get_json()["number"]
    second = asked(client, people)
    assert (second.status_code, second.get_json()["code"]) == (409, "handover_open")
    done = send(client, f"/handovers/{number}/refusal", people["coming"], {"reason": "证据材料不全"})
    assert (done.status_code, done.get_json()["opinion"]) == (200, "证据材料不全")
    again = asked(client, people).get_json()["number"]
    back = send(client, f"/handovers/{again}/withdrawal", people["security"], {"reason": "暂缓"})
    assert (back.status_code, back.get_json()["state"]) == (200, "withdrawn")
    assert roles_of(client, people["leaving"]) == ["county_officer"]


def test_a_removal_at_once_keeps_the_open_list_and_its_successor(
    client: FlaskClient, people: dict[str, Headers]
) -> None:
    number = asked(client, people).get_json()["number"]
    gone = client.post(
        f"{API}/grants/{grant_of(people['leaving'])}/end",
        headers=people["security"],
        json={"reason": "紧急收回"},
    )
    assert gone.status_code == 204
    assert roles_of(client, people["leaving"]) == []
    path = f"/handovers/{number}"
    kept = client.get(f"{API}{path}", headers=people["security"]).get_json()
    assert (kept["state"], kept["is_emergency"]) == ("open", True)
    back = send(client, f"{path}/withdrawal", people["security"], {"reason": "不用了"})
    assert (back.status_code, back.get_json()["code"]) == (409, "handover_must_be_accepted")
    left = send(client, f"{path}/refusal", people["coming"], {"reason": "不属本股室"})
    assert left.get_json()["state"] == "unassigned"
    named = {"successor_account_id": people["coming"]["X-Test-Account"]}
    assert send(client, f"{path}/successor", people["security"], named).get_json()["state"] == "open"
    done = send(client, f"{path}/acceptance", people["coming"], {"opinion": "同意接收"})
    assert done.get_json()["state"] == "accepted"


def test_a_pairing_ends_by_a_handover(client: FlaskClient, as_role: Callable[..., Headers]) -> None:
    keeper, coming = as_role("province_officer", "440000"), as_role("city_officer", "441400")
    last_day = today() + timedelta(days=30)
    body = {
        "helper": "440100",
        "helped": "441400",
        "kind": "省内对口帮扶",
        "last_day": last_day.isoformat(),
        "successor_account_id": coming["X-Test-Account"],
        "reason": "协作关系调整",
    }
    refused = send(client, "/pairings/handover", coming, body)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")
    made = send(client, "/pairings/handover", keeper, body)
    assert made.status_code == 201
    assert made.get_json()["title"] == "广东省广州市—广东省梅州市 省内对口帮扶"
    send(client, f"/handovers/{made.get_json()['number']}/acceptance", coming, {"opinion": "同意接收"})
    seen = client.get(f"{API}/pairings?area=441400", headers=keeper).get_json()["items"]
    assert [(one["helper_name"], one["helped_name"], one["valid_to"]) for one in seen] == [
        ("广州市", "梅州市", last_day.isoformat())
    ]
    after = (last_day + timedelta(days=1)).isoformat()
    assert client.get(f"{API}/pairings?area=441400&on={after}", headers=keeper).get_json()["items"] == []
