"""Organisations, places, bank accounts, people and roles by HTTP, with every kind of refusal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.models import Account, Approval, Grant, Organisation
from marketplace.accounts.service import bank_accounts, organisations
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.models import AuditRecord

AsRole = Callable[..., dict[str, str]]
SCHOOL = {
    "kind": "budget_unit",
    "name": "广州市演示中学",
    "area_code": "440106",
    "uscc": "91110000600037341l",
    "fiscal_area": "440100",
    "fiscal_tier": "city_level",
    "sector": "education",
}


def _key(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": uuid.uuid4().hex}


def _count(model: Any) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _assert_no_cell_is_left() -> None:
    with transaction() as session:
        payload = session.scalars(select(Approval.payload)).one()
    assert payload == {"bank_name": payload["bank_name"], "bank_account_shown": "**** 0128"}


@pytest.fixture
def school(client: FlaskClient, as_role: AsRole) -> dict[str, Any]:
    headers = as_role("platform_operator", "440000")
    answer = client.post("/api/v1/organisations", json=SCHOOL, headers=_key(headers))
    assert answer.status_code == 201
    return dict(answer.get_json())


@pytest.fixture
def cooperative(client: FlaskClient) -> uuid.UUID:
    with transaction() as session:
        return organisations.register(
            session, system_actor(), NewOrganisation("producer", "梅县演示合作社", "441403", is_demo=True)
        ).id


def test_a_unit_is_registered_in_its_normal_form(
    client: FlaskClient, school: dict[str, Any], as_role: AsRole
) -> None:
    assert school["uscc"] == "91110000600037341L"
    assert school["organisation_no"] >= 1
    found = client.get(f"/api/v1/organisations/{school['id']}", headers=as_role("county_officer", "440106"))
    assert found.status_code == 200
    assert found.headers["ETag"] == '"1"'
    assert found.get_json() == school
    listed = client.get(
        "/api/v1/organisations?kind=budget_unit&area=440100&uscc=91110000600037341L",
        headers=as_role("city_officer", "440100"),
    ).get_json()
    assert [item["id"] for item in listed["items"]] == [school["id"]]
    assert listed["next_cursor"] is None


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"uscc": "91110000600037341M"}, "uscc_check", "/uscc"),
        ({"uscc": None}, "uscc_missing", "/uscc"),
        ({"area_code": "449999"}, "unknown_division", "/area_code"),
        ({"fiscal_tier": "county_level"}, "fiscal_area", "/fiscal_area"),
        ({"fiscal_tier": None}, "fiscal_tier", "/fiscal_tier"),
        ({"kind": "enterprise"}, "fiscal_unwanted", "/fiscal_area"),
        ({"kind": "guild"}, "invalid", "/kind"),
        ({"name": " "}, "invalid", "/name"),
        ({"status": "active"}, "invalid", "/status"),
        ({"is_demo": True}, "invalid", "/is_demo"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_nothing_is_kept(
    client: FlaskClient, as_role: AsRole, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = client.post(
        "/api/v1/organisations",
        json={**SCHOOL, **change},
        headers=_key(as_role("platform_operator", "440000")),
    )
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (422, code)
    assert [problem["pointer"] for problem in body["errors"]] == [pointer]
    assert _count(Organisation) == 0


def test_a_credit_code_is_registered_once(
    client: FlaskClient, school: dict[str, Any], as_role: AsRole
) -> None:
    again = client.post(
        "/api/v1/organisations", json=SCHOOL, headers=_key(as_role("platform_operator", "440000"))
    )
    assert (again.status_code, again.get_json()["code"]) == (409, "uscc_taken")
    assert _count(Organisation) == 1


def test_who_may_not_register_is_told_so(client: FlaskClient, as_role: AsRole) -> None:
    assert client.post("/api/v1/organisations", json=SCHOOL).status_code == 401
    by_role = client.post(
        "/api/v1/organisations", json=SCHOOL, headers=_key(as_role("statistician", "440000"))
    )
    assert by_role.status_code == 403
    by_area = client.post(
        "/api/v1/organisations", json=SCHOOL, headers=_key(as_role("platform_operator", "450000"))
    )
    assert (by_area.status_code, by_area.get_json()["code"]) == (403, "out_of_scope")
    assert _count(Organisation) == 0


def test_another_area_does_not_even_see_it(
    client: FlaskClient, school: dict[str, Any], as_role: AsRole
) -> None:
    headers = as_role("county_officer", "441403")
    assert client.get(f"/api/v1/organisations/{school['id']}", headers=headers).status_code == 404
    assert client.get("/api/v1/organisations", headers=headers).get_json()["items"] == []


def test_an_edit_names_the_version_it_edits(
    client: FlaskClient, school: dict[str, Any], as_role: AsRole
) -> None:
    headers = as_role("platform_operator", "440000")
    url = f"/api/v1/organisations/{school['id']}"
    assert client.patch(url, json={"name": "新名"}, headers=headers).status_code == 428
    assert client.patch(url, json={"name": "新名"}, headers={**headers, "If-Match": '"7"'}).status_code == 412
    done = client.patch(url, json={"name": "新名"}, headers={**headers, "If-Match": '"1"'})
    assert (done.status_code, done.get_json()["name"], done.headers["ETag"]) == (200, "新名", '"2"')
    assert done.get_json()["uscc"] == "91110000600037341L"
    assert client.patch(url, json={"name": "再改"}, headers={**headers, "If-Match": '"1"'}).status_code == 412
    moved = client.patch(url, json={"fiscal_area": "440106"}, headers={**headers, "If-Match": '"2"'})
    assert (moved.status_code, moved.get_json()["code"]) == (422, "fiscal_area")
    with transaction() as session:
        details = session.scalars(
            select(AuditRecord.detail).where(AuditRecord.action == "accounts.organisation.amended")
        ).all()
    assert details == [{"fields": ["name"]}]


def test_a_closed_organisation_is_edited_no_more(
    client: FlaskClient, school: dict[str, Any], as_role: AsRole
) -> None:
    headers = as_role("platform_operator", "440000")
    url = f"/api/v1/organisations/{school['id']}"
    closed = client.post(f"{url}/closure", json={"reason": "并入市教育局"}, headers=headers)
    assert closed.get_json()["status"] == "closed"
    again = client.post(f"{url}/closure", json={"reason": "并入市教育局"}, headers=headers)
    assert (again.status_code, again.get_json()["code"]) == (409, "organisation_closed")
    edit = client.patch(url, json={"name": "x"}, headers={**headers, "If-Match": '"2"'})
    assert (edit.status_code, edit.get_json()["code"]) == (409, "organisation_closed")


def test_the_place_in_the_tree_is_read_with_its_history(
    client: FlaskClient, school: dict[str, Any], as_role: AsRole
) -> None:
    headers = as_role("county_officer", "440000")
    url = f"/api/v1/organisations/{school['id']}/places"
    body = {"parent_id": None, "from_day": "2020-09-01", "reason": "设立"}
    assert client.post(url, json=body, headers=_key(headers)).status_code == 201
    assert client.get(url, headers=headers).get_json()["items"] == [
        {
            "parent_id": None,
            "path": str(school["organisation_no"]),
            "since": "2020-09-01",
            "until": None,
            "reason": "设立",
        }
    ]
    back = client.post(url, json={**body, "from_day": "2020-10-01"}, headers=_key(headers))
    assert (back.status_code, back.get_json()["code"]) == (422, "place_backdated")
    without_role = client.post(url, json=body, headers=_key(as_role("statistician", "440000")))
    assert without_role.status_code == 403


def test_a_bank_account_is_changed_by_two_persons_and_shown_masked(
    client: FlaskClient, cooperative: uuid.UUID, as_role: AsRole
) -> None:
    asker = as_role("producer", organisation_id=cooperative)
    url = f"/api/v1/organisations/{cooperative}/bank-account"
    body = {"bank_name": "演示银行梅县支行", "bank_account": "6222 0202 0011 0128", "reason": "开户行变更"}
    asked = client.post(url, json=body, headers=_key(asker))
    assert asked.status_code == 202
    assert asked.get_json()["shown"] == {"bank_name": "演示银行梅县支行", "bank_account_shown": "**** 0128"}
    assert "6222" not in asked.text
    assert client.get(url, headers=asker).get_json() == {"bank_name": None, "bank_account": None}
    twice = client.post(url, json=body, headers=_key(asker))
    assert (twice.status_code, twice.get_json()["code"]) == (409, "approval_pending")
    decision = f"/api/v1/approvals/{asked.get_json()['id']}/decision"
    yes = {"approve": True, "opinion": "已核对开户许可证"}
    assert client.post(decision, json=yes, headers=_key(asker)).status_code == 403
    elsewhere = client.post(decision, json=yes, headers=_key(as_role("issuer", "450000")))
    assert elsewhere.status_code == 404
    approver = as_role("issuer", "441400")
    assert [
        item["state"] for item in client.get("/api/v1/approvals", headers=approver).get_json()["items"]
    ] == ["pending"]
    done = client.post(decision, json=yes, headers=_key(approver))
    assert (done.status_code, done.get_json()["state"]) == (200, "used")
    assert client.get(url, headers=asker).get_json() == {
        "bank_name": "演示银行梅县支行",
        "bank_account": "**** 0128",
    }
    _assert_no_cell_is_left()
    again = client.post(decision, json=yes, headers=_key(approver))
    assert (again.status_code, again.get_json()["code"]) == (409, "approval_decided")
    inbox = client.get("/api/v1/inbox", headers=asker).get_json()["items"]
    assert [(item["kind"], item["title"], item["read_at"]) for item in inbox] == [
        ("approval_decided", "审批结果", None)
    ]


def test_the_asker_cannot_approve_with_a_second_account(
    client: FlaskClient, cooperative: uuid.UUID, as_role: AsRole
) -> None:
    asker = as_role("producer", organisation_id=cooperative)
    with transaction() as session:
        person = session.get_one(Account, uuid.UUID(asker["X-Test-Account"])).person_id
    second = as_role("issuer", "441400", person_id=person)
    colleague = as_role("issuer", "441400", organisation_id=cooperative)
    body = {"bank_name": "演示银行", "bank_account": "6222020200110128", "reason": "变更"}
    asked = client.post(f"/api/v1/organisations/{cooperative}/bank-account", json=body, headers=_key(asker))
    decision = f"/api/v1/approvals/{asked.get_json()['id']}/decision"
    yes = {"approve": True, "opinion": "同意"}
    same = client.post(decision, json=yes, headers=_key(second))
    assert (same.status_code, same.get_json()["code"]) == (403, "same_person")
    inside = client.post(decision, json=yes, headers=_key(colleague))
    assert (inside.status_code, inside.get_json()["code"]) == (403, "own_organisation")
    with transaction() as session:
        assert session.scalars(select(Approval.state)).all() == ["pending"]
        assert session.get_one(Organisation, cooperative).bank_account_enc is None


def test_a_refused_change_changes_nothing(
    client: FlaskClient, cooperative: uuid.UUID, as_role: AsRole
) -> None:
    asker = as_role("producer", organisation_id=cooperative)
    url = f"/api/v1/organisations/{cooperative}/bank-account"
    body = {"bank_name": "演示银行", "bank_account": "6222020200110128", "reason": "变更"}
    asked = client.post(url, json=body, headers=_key(asker)).get_json()
    decision = f"/api/v1/approvals/{asked['id']}/decision"
    refused = client.post(
        decision, json={"approve": False, "opinion": "户名不符"}, headers=_key(as_role("issuer", "441400"))
    )
    assert (refused.get_json()["state"], refused.get_json()["opinion"]) == ("refused", "户名不符")
    _assert_no_cell_is_left()
    assert client.get(url, headers=asker).get_json()["bank_account"] is None


def test_the_full_account_is_read_with_a_purpose_that_is_recorded(
    client: FlaskClient, cooperative: uuid.UUID, as_role: AsRole
) -> None:
    asker = as_role("producer", organisation_id=cooperative)
    body = {"bank_name": "演示银行", "bank_account": "6222020200110128", "reason": "变更"}
    asked = client.post(f"/api/v1/organisations/{cooperative}/bank-account", json=body, headers=_key(asker))
    client.post(
        f"/api/v1/approvals/{asked.get_json()['id']}/decision",
        json={"approve": True, "opinion": "同意"},
        headers=_key(as_role("issuer", "441400")),
    )
    with transaction() as session:
        assert bank_accounts.read_full(session, system_actor(), cooperative, "退款") == "6222020200110128"
        session.flush()
        record = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "accounts.bank_account.read")
        ).one()
        assert (record.purpose, record.detail) == ("退款", {})


def test_a_security_administrator_opens_accounts_and_grants_roles(
    client: FlaskClient, as_role: AsRole
) -> None:
    admin = as_role("security_admin")
    person = client.post(
        "/api/v1/people",
        json={"display_name": "梅县区经办员", "phone": "138 1234 1234", "mail": "a@example.cn"},
        headers=_key(admin),
    )
    assert person.status_code == 201
    assert person.get_json().keys() == {"id", "display_name"}
    url = f"/api/v1/people/{person.get_json()['id']}/accounts"
    opened = client.post(url, json={"login": "Meixian.JB"}, headers=admin)
    assert (opened.status_code, opened.get_json()["account"]["login"]) == (201, "meixian.jb")
    assert len(opened.get_json()["password"]) == 24
    taken = client.post(url, json={"login": "meixian.jb"}, headers=admin)
    assert (taken.status_code, taken.get_json()["code"]) == (409, "login_taken")
    account = opened.get_json()["account"]["id"]
    granted = client.post(
        f"/api/v1/accounts/{account}/grants",
        json={"role": "county_officer", "area_code": "441403"},
        headers=_key(admin),
    )
    assert granted.status_code == 201
    listed = client.get(f"/api/v1/accounts/{account}/grants", headers=admin).get_json()["items"]
    assert [(item["role"], item["area_code"], item["ended_at"]) for item in listed] == [
        ("county_officer", "441403", None)
    ]
    end = f"/api/v1/grants/{granted.get_json()['id']}/end"
    assert client.post(end, json={"reason": "调离"}, headers=admin).status_code == 204
    assert client.post(end, json={"reason": "调离"}, headers=admin).status_code == 409
    assert client.post(f"/api/v1/accounts/{account}/disabling", headers=admin).status_code == 204
    assert client.post(f"/api/v1/accounts/{account}/disabling", headers=admin).status_code == 409
    assert client.post(f"/api/v1/accounts/{account}/enabling", headers=admin).status_code == 204
    reset = client.post(f"/api/v1/accounts/{account}/password-reset", headers=admin)
    assert reset.get_json()["password"] != opened.get_json()["password"]


def test_nobody_else_manages_people(client: FlaskClient, as_role: AsRole) -> None:
    headers = as_role("county_officer", "441403")
    before = _count(Account), _count(Grant)
    assert client.post("/api/v1/people", json={"display_name": "x"}, headers=_key(headers)).status_code == 403
    account = headers["X-Test-Account"]
    for path in ("grants", "disabling", "enabling", "password-reset"):
        answer = client.post(f"/api/v1/accounts/{account}/{path}", json={}, headers=_key(headers))
        assert answer.status_code == 403
    assert (_count(Account), _count(Grant)) == before


def test_an_administrator_does_not_manage_the_own_account(client: FlaskClient, as_role: AsRole) -> None:
    headers = as_role("security_admin")
    account = headers["X-Test-Account"]
    for path in ("disabling", "password-reset"):
        answer = client.post(f"/api/v1/accounts/{account}/{path}", headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "same_person")
    granted = client.post(
        f"/api/v1/accounts/{account}/grants", json={"role": "statistician"}, headers=_key(headers)
    )
    assert (granted.status_code, granted.get_json()["code"]) == (403, "same_person")
    unknown = client.post(f"/api/v1/accounts/{uuid.uuid4()}/disabling", headers=headers)
    assert unknown.status_code == 404


def test_only_the_auditor_reads_the_trail(
    client: FlaskClient, school: dict[str, Any], as_role: AsRole
) -> None:
    url = f"/api/v1/audit-records?subject_kind=organisation&subject_id={school['id']}"
    assert client.get(url, headers=as_role("county_officer", "440000")).status_code == 403
    items = client.get(url, headers=as_role("auditor")).get_json()["items"]
    assert [(item["action"], item["area_code"]) for item in items] == [
        ("accounts.organisation.registered", "440106")
    ]
    assert items[0]["request_id"] is not None
    assert client.get(url, headers=as_role("auditor", "450000")).get_json()["items"] == []
