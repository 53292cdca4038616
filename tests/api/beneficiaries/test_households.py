"""Households by HTTP: masked rows in, masked rows out, full cells only by an audited call."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from marketplace.core.identifiers import build_resident_id
from marketplace.core.models import AuditRecord, IdempotentAnswer

AsRole = Callable[..., dict[str, str]]
_keys = itertools.count(1)
VILLAGE = "441403101201"
NAME, ID = "欧阳演示", build_resident_id("44140319600101008")
ESCAPED = json.dumps(NAME).strip('"')
STANDING = {
    "file_status": "graduated",
    "from_day": "2020-01-01",
    "members": 4,
    "document_no": "梅县扶〔2020〕1号",
}
BODY = {
    "area_code": VILLAGE,
    "file_standard": "gd_relative",
    "standing": STANDING,
    "head": {"name": NAME, "resident_id": ID},
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


@pytest.fixture
def officer(as_role: AsRole) -> dict[str, str]:
    return as_role("county_officer", "441403")


def keyed(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Idempotency-Key": f"test-{next(_keys)}"}


@pytest.fixture
def household(client: FlaskClient, officer: dict[str, str]) -> int:
    answer = client.post("/api/v1/households", json=BODY, headers=keyed(officer))
    assert answer.status_code == 201, answer.text
    number: int = answer.get_json()["household_no"]
    return number


def audit() -> list[AuditRecord]:
    with transaction() as session:
        return list(
            session.scalars(
                sa.select(AuditRecord)
                .where(AuditRecord.action.like("beneficiaries.household.%"))
                .order_by(AuditRecord.id)
            )
        )


def test_a_registered_household_comes_back_masked(
    client: FlaskClient, officer: dict[str, str], household: int
) -> None:
    answer = client.get(f"/api/v1/households/{household}", headers=officer)
    assert answer.get_json() == {
        "household_no": household,
        "area_code": VILLAGE,
        "head_name": "欧*",
        "file_standard": "gd_relative",
        "is_demo": False,
        "standing": {
            "file_status": "graduated",
            "file_status_title": "脱贫户",
            "monitor_type": "none",
            "monitor_status": "none",
            "members": 4,
            "labour": 0,
            "is_low_income": False,
            "document_no": "梅县扶〔2020〕1号",
            "from_day": "2020-01-01",
            "to_day": None,
        },
    }


def test_no_masked_answer_holds_a_name_or_number(
    client: FlaskClient, officer: dict[str, str], household: int
) -> None:
    again = client.post("/api/v1/households", json=BODY, headers=keyed(officer))
    assert (again.status_code, again.get_json()["code"]) == (409, "person_known")
    texts = [again.text] + [
        client.get(f"/api/v1/{path}", headers=officer).text
        for path in (
            "households",
            f"households/{household}",
            f"households/{household}/standings",
            f"villages/{VILLAGE}/board?paid_from=2020-01-01&paid_to=2021-01-01&notice_to=2020-12-31",
            "village-counts?area=441403",
        )
    ]
    for text in texts:
        assert NAME not in text
        assert ESCAPED not in text
        assert ID not in text
        assert ID[6:14] not in text
    with transaction() as session:
        stored = b"".join(session.scalars(sa.select(IdempotentAnswer.body)))
    assert NAME.encode() not in stored
    assert ESCAPED.encode() not in stored
    assert ID.encode() not in stored


def test_an_unmasking_needs_role_and_purpose_and_leaves_a_record(
    client: FlaskClient, officer: dict[str, str], household: int, as_role: AsRole
) -> None:
    path = f"/api/v1/households/{household}/unmasking"
    full = client.post(path, json={"purpose": "核对分红名单"}, headers=officer)
    assert full.get_json() == {
        "items": [{"member_id": None, "name": NAME, "resident_id": ID, "relation": "户主"}]
    }
    record = audit()[-1]
    assert (record.action, record.purpose, record.subject_id) == (
        "beneficiaries.household.unmask",
        "核对分红名单",
        str(household),
    )
    assert str(record.actor_id) == officer["X-Test-Account"]
    before = len(audit())
    assert client.post(path, json={}, headers=officer).status_code == 422
    for headers, status in (
        (as_role("township_reviewer", "441403"), 403),
        (as_role("county_officer", "441422"), 404),
        ({}, 401),
    ):
        refused = client.post(path, json={"purpose": "核对分红名单"}, headers=headers)
        assert (refused.status_code, ESCAPED in refused.text) == (status, False)
    assert len(audit()) == before


def test_full_reads_are_limited_by_the_hour(
    client: FlaskClient, officer: dict[str, str], household: int
) -> None:
    path = f"/api/v1/households/{household}/unmasking"
    statuses = [
        client.post(path, json={"purpose": "核对分红名单"}, headers=officer).status_code for _ in range(61)
    ]
    assert statuses == [200] * 60 + [429]


def test_a_look_up_tells_only_whoever_is_entitled(
    client: FlaskClient, officer: dict[str, str], household: int, as_role: AsRole
) -> None:
    asked = {"resident_id": ID, "purpose": "群众来访核实"}
    mine = client.post("/api/v1/household-lookups", json=asked, headers=officer)
    assert mine.get_json() == {"household_no": household}
    other = as_role("county_officer", "441422")
    assert client.post("/api/v1/household-lookups", json=asked, headers=other).get_json() == {
        "household_no": None
    }
    unknown = {"resident_id": build_resident_id("44140319600101999"), "purpose": "群众来访核实"}
    assert client.post("/api/v1/household-lookups", json=unknown, headers=officer).get_json() == {
        "household_no": None
    }
    records = audit()[-3:]
    assert [r.detail["found"] for r in records] == [True, False, False]
    assert all(ID not in f"{r.detail} {r.subject_id} {r.purpose}" for r in records)


def test_a_history_is_continued_and_read(
    client: FlaskClient, officer: dict[str, str], household: int
) -> None:
    later = STANDING | {
        "monitor_type": "unstable",
        "monitor_status": "active",
        "from_day": "2020-06-01",
        "members": 5,
    }
    path = f"/api/v1/households/{household}/standings"
    assert client.post(path, json=later, headers=keyed(officer)).status_code == 201
    history = client.get(path, headers=officer).get_json()["items"]
    assert [(h["from_day"], h["to_day"], h["monitor_type"], h["members"]) for h in history] == [
        ("2020-01-01", "2020-06-01", "none", 4),
        ("2020-06-01", None, "unstable", 5),
    ]
    watched = client.get("/api/v1/households?monitored=true&on=2020-05-31", headers=officer).get_json()
    assert watched["items"] == []
    watched = client.get("/api/v1/households?monitored=true&on=2020-06-01", headers=officer).get_json()
    assert [one["household_no"] for one in watched["items"]] == [household]
    bad = client.post(path, json=later | {"file_status": "registered"}, headers=keyed(officer))
    assert (bad.status_code, bad.get_json()["code"]) == (409, "illegal_transition")


def test_a_list_shows_the_own_area_page_by_page(
    client: FlaskClient, officer: dict[str, str], as_role: AsRole
) -> None:
    other = as_role("county_officer", "441422")
    plain = {"area_code": VILLAGE, "file_standard": "gd_relative", "standing": STANDING, "is_demo": True}
    batch = client.post("/api/v1/household-batches", json={"households": [plain] * 5}, headers=keyed(officer))
    numbers = batch.get_json()["household_nos"]
    client.post("/api/v1/households", json=plain | {"area_code": "441422101201"}, headers=keyed(other))
    seen: list[int] = []
    query = "?page_size=2"
    while True:
        page = client.get(f"/api/v1/households{query}", headers=officer).get_json()
        seen += [one["household_no"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?page_size=2&cursor={page['next_cursor']}"
    assert seen == numbers
    whole_city = client.get("/api/v1/households", headers=as_role("city_officer", "441400")).get_json()
    assert len(whole_city["items"]) == 6


def test_a_bad_batch_names_every_row_and_adds_none(client: FlaskClient, officer: dict[str, str]) -> None:
    rows = [BODY, BODY, BODY | {"area_code": "441422101201", "head": None}]
    answer = client.post("/api/v1/household-batches", json={"households": rows}, headers=keyed(officer))
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.get_json()["errors"]] == [("/rows/2", "out_of_scope")]
    answer = client.post("/api/v1/household-batches", json={"households": rows[:2]}, headers=keyed(officer))
    assert [(e["pointer"], e["code"]) for e in answer.get_json()["errors"]] == [("/rows/1", "person_twice")]
    assert client.get("/api/v1/households", headers=officer).get_json()["items"] == []


@pytest.mark.parametrize(
    "role", ["platform_operator", "finance_clerk", "statistician", "security_admin", "ledger_officer"]
)
def test_other_roles_see_no_household(
    client: FlaskClient, as_role: AsRole, role: str, household: int
) -> None:
    headers = as_role(role, "441403")
    for path in ("households", f"households/{household}"):
        assert client.get(f"/api/v1/{path}", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"head": {"name": "张三", "resident_id": 440101199003074514}},
        {"standing": STANDING | {"members": "４"}},
        {"standing": STANDING | {"members": 1.5}},
        {"standing": STANDING | {"from_day": "2020-02-30"}},
        {"area_code": "441403"},
        {"unknown": 1},
    ],
)
def test_bad_bodies_are_refused_with_a_code(
    client: FlaskClient, officer: dict[str, str], change: dict[str, Any]
) -> None:
    answer = client.post("/api/v1/households", json=BODY | change, headers=keyed(officer))
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"
    assert "440101199003074514" not in answer.text
    assert client.get("/api/v1/households", headers=officer).get_json()["items"] == []


def test_a_member_joins_once(client: FlaskClient, officer: dict[str, str], household: int) -> None:
    member = {
        "identity": {"name": "演示子", "resident_id": build_resident_id("44140319900101011")},
        "relation": "子女",
    }
    path = f"/api/v1/households/{household}/members"
    assert client.post(path, json=member, headers=keyed(officer)).status_code == 201
    again = client.post(path, json=member, headers=keyed(officer))
    assert (again.status_code, again.get_json()["code"]) == (409, "person_known")
    people = client.post(
        f"/api/v1/households/{household}/unmasking", json={"purpose": "核对名单"}, headers=officer
    ).get_json()["items"]
    assert [(p["name"], p["relation"]) for p in people] == [(NAME, "户主"), ("演示子", "子女")]


def test_who_left_one_household_may_join_another(
    client: FlaskClient, officer: dict[str, str], household: int
) -> None:
    daughter = {
        "identity": {"name": "演示女", "resident_id": build_resident_id("44140319900101022")},
        "relation": "子女",
        "from_day": "2020-01-01",
    }
    path = f"/api/v1/households/{household}"
    client.post(f"{path}/members", json=daughter, headers=keyed(officer))
    people = client.post(f"{path}/unmasking", json={"purpose": "迁出核实"}, headers=officer).get_json()
    departure = f"{path}/members/{people['items'][1]['member_id']}/departure"
    other = client.post(
        "/api/v1/households",
        json=BODY | {"head": {"name": "另一户"}},
        headers=keyed(officer),
    ).get_json()["household_no"]
    for day in ("2020-01-01", "2020-09-16"):
        early = client.post(departure, json={"to_day": day}, headers=keyed(officer))
        assert (early.status_code, early.get_json()["code"]) == (422, "to_day")
    left = client.post(departure, json={"to_day": "2020-09-10"}, headers=keyed(officer))
    again = client.post(departure, json={"to_day": "2020-09-10"}, headers=keyed(officer))
    assert (left.status_code, again.get_json()["code"]) == (200, "member_left")
    joined = client.post(
        f"/api/v1/households/{other}/members",
        json=daughter | {"from_day": "2020-09-10"},
        headers=keyed(officer),
    )
    assert joined.status_code == 201
