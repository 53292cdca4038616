"""Reserve filings, the inbox, and the mail that tells of it."""

from __future__ import annotations

import email
import uuid
from collections.abc import Callable
from dataclasses import replace
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.accounts.models import Account, InboxNotice, Person, ReserveFiling
from marketplace.accounts.service import inbox, organisations
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core import jobs
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.identifiers import build_uscc
from marketplace.core.models import Job
from marketplace.core.privacy import Cell, vault

AsRole = Callable[..., dict[str, str]]


def _key(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": uuid.uuid4().hex}


@pytest.fixture
def unit(client: FlaskClient) -> uuid.UUID:
    with transaction() as session:
        return organisations.register(
            session,
            system_actor(),
            NewOrganisation(
                "budget_unit",
                "广州市演示中学",
                "440106",
                uscc=build_uscc("1244010012345678"),
                fiscal_area="440100",
                fiscal_tier="city_level",
                is_demo=True,
            ),
        ).id


def _body(unit: uuid.UUID, **change: Any) -> dict[str, Any]:
    return {
        "organisation_id": str(unit),
        "year": 2021,
        "canteen_kind": "own",
        "canteen_total_fen": 123456789,
        "reserve_bp": 3000,
        **change,
    }


def test_a_filing_goes_from_the_unit_to_the_finance_department(
    client: FlaskClient, unit: uuid.UUID, as_role: AsRole
) -> None:
    clerk, finance = as_role("buyer", organisation_id=unit), as_role("finance_supervisor", "440100")
    filed = client.post("/api/v1/reserve-filings", json=_body(unit), headers=_key(clerk))
    assert filed.status_code == 201
    body = filed.get_json()
    assert (body["version"], body["reserve_fen"], body["state"]) == (1, 37037037, "filed")
    assert (body["is_late"], body["must_open_contractor_account"]) == (False, False)
    review = f"/api/v1/reserve-filings/{body['id']}/review"
    yes = {"approve": True, "opinion": "属实"}
    assert client.post(review, json=yes, headers=_key(clerk)).status_code == 403
    other = client.post(review, json=yes, headers=_key(as_role("finance_supervisor", "440300")))
    assert other.status_code == 404
    done = client.post(review, json=yes, headers=_key(finance))
    assert (done.status_code, done.get_json()["state"]) == (200, "accepted")
    again = client.post(review, json=yes, headers=_key(finance))
    assert (again.status_code, again.get_json()["code"]) == (409, "filing_reviewed")
    listed = client.get("/api/v1/reserve-filings?year=2021&state=accepted", headers=finance).get_json()[
        "items"
    ]
    assert [item["id"] for item in listed] == [body["id"]]
    notices = client.get("/api/v1/inbox", headers=clerk).get_json()["items"]
    assert [item["kind"] for item in notices] == ["filing_accepted"]


def test_the_same_key_files_once(client: FlaskClient, unit: uuid.UUID, as_role: AsRole) -> None:
    headers = _key(as_role("buyer", organisation_id=unit))
    first = client.post("/api/v1/reserve-filings", json=_body(unit), headers=headers)
    second = client.post("/api/v1/reserve-filings", json=_body(unit), headers=headers)
    assert second.get_json() == first.get_json()
    other = client.post("/api/v1/reserve-filings", json=_body(unit, reserve_bp=4000), headers=headers)
    assert other.status_code == 422
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(ReserveFiling)) == 1


def test_whom_to_ask_is_kept_sealed_and_shown_masked(
    client: FlaskClient, unit: uuid.UUID, as_role: AsRole
) -> None:
    clerk = as_role("buyer", organisation_id=unit)
    filed = client.post(
        "/api/v1/reserve-filings",
        json=_body(unit, contact="张三丰", phone="(0753) 2200000"),
        headers=_key(clerk),
    )
    assert (filed.get_json()["contact"], filed.get_json()["phone"]) == ("张*", "075****0000")
    with transaction() as session:
        row = session.scalars(select(ReserveFiling)).one()
        assert vault().decrypt(
            Cell("accounts.reserve_filing", "phone_enc", row.id), row.phone_enc or b""
        ) == ("0753-2200000")
    wrong = client.post(
        "/api/v1/reserve-filings", json=_body(unit, contact="张三2", phone="x"), headers=_key(clerk)
    )
    assert wrong.get_json()["errors"][0]["pointer"] == "/contact"
    assert "张三2" not in wrong.text


def test_an_outsourced_canteen_must_open_the_contractors_account(
    client: FlaskClient, unit: uuid.UUID, as_role: AsRole
) -> None:
    clerk = as_role("buyer", organisation_id=unit)
    filed = client.post(
        "/api/v1/reserve-filings", json=_body(unit, canteen_kind="outsourced"), headers=_key(clerk)
    )
    assert filed.get_json()["must_open_contractor_account"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reserve_bp": 2999}, "reserve_ratio_low"),
        ({"reserve_bp": 10001}, "invalid"),
        ({"canteen_total_fen": 0}, "canteen_total"),
        ({"canteen_total_fen": 1.5}, "invalid"),
        ({"canteen_total_fen": -1}, "invalid"),
        ({"canteen_kind": "none"}, "canteen_total"),
        ({"year": 1999}, "invalid"),
        ({"reserve_fen": 1}, "invalid"),
    ],
)
def test_a_filing_that_breaks_a_rule_is_refused(
    client: FlaskClient, unit: uuid.UUID, as_role: AsRole, change: dict[str, Any], code: str
) -> None:
    clerk = as_role("buyer", organisation_id=unit)
    answer = client.post("/api/v1/reserve-filings", json=_body(unit, **change), headers=_key(clerk))
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(ReserveFiling)) == 0


def test_another_unit_is_not_found_and_nobody_is_401(
    client: FlaskClient, unit: uuid.UUID, as_role: AsRole
) -> None:
    assert client.post("/api/v1/reserve-filings", json=_body(unit)).status_code == 401
    with transaction() as session:
        other = organisations.register(
            session, system_actor(), NewOrganisation("producer", "演示合作社", "441403")
        ).id
    stranger = as_role("buyer", organisation_id=other)
    assert client.post("/api/v1/reserve-filings", json=_body(unit), headers=_key(stranger)).status_code == 404
    assert client.get("/api/v1/reserve-filings", headers=stranger).get_json()["items"] == []


def test_a_notice_is_read_once_and_only_by_its_addressee(
    client: FlaskClient, unit: uuid.UUID, as_role: AsRole
) -> None:
    clerk, stranger = as_role("buyer", organisation_id=unit), as_role("county_officer", "441403")
    with transaction() as session:
        notice = inbox.notify(
            session, "payment_due", "order", "D1", organisation_id=unit, detail={"due_on": "2020-10-20"}
        ).id
    assert client.get("/api/v1/inbox", headers=stranger).get_json()["items"] == []
    assert client.post(f"/api/v1/inbox/{notice}/reading", headers=stranger).status_code == 404
    listed = client.get("/api/v1/inbox?unread=true", headers=clerk).get_json()["items"]
    assert [(item["title"], item["detail"]) for item in listed] == [
        ("付款即将到期", {"due_on": "2020-10-20"})
    ]
    english = client.get("/api/v1/inbox", headers=clerk | {"Accept-Language": "en"}).get_json()["items"]
    assert [item["title"] for item in english] == ["Payment due soon"]
    first = client.post(f"/api/v1/inbox/{notice}/reading", headers=clerk).get_json()
    second = client.post(f"/api/v1/inbox/{notice}/reading", headers=clerk).get_json()
    assert first["read_at"] is not None
    assert first == second
    assert client.get("/api/v1/inbox?unread=true", headers=clerk).get_json()["items"] == []


def test_a_notice_of_an_unknown_kind_is_a_mistake_of_the_caller(client: FlaskClient, unit: uuid.UUID) -> None:
    with pytest.raises(KeyError), transaction() as session:
        inbox.notify(session, "party", "order", "D1", organisation_id=unit)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(InboxNotice)) == 0


def _give_mail(account_id: str) -> None:
    with transaction() as session:
        person = session.get_one(Person, session.get_one(Account, uuid.UUID(account_id)).person_id)
        person.mail_enc = vault().encrypt(Cell("accounts.person", "mail_enc", person.id), "clerk@example.cn")


def test_the_worker_writes_one_message_per_addressee_without_figures(
    app: Flask,
    client: FlaskClient,
    unit: uuid.UUID,
    as_role: AsRole,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clerk = as_role("buyer", organisation_id=unit)
    as_role("buyer", organisation_id=unit)  # a colleague without an address
    _give_mail(clerk["X-Test-Account"])
    settings = replace(app.extensions["settings"], mail_sender="noreply@example.cn", data_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    with transaction() as session:
        inbox.notify(session, "payment_due", "order", "D1", organisation_id=unit, detail={"amount_fen": 9800})
    with app.app_context():
        assert jobs.run_ready() == 1
    files = list((tmp_path / "mail" / "new").iterdir())
    assert len(files) == 1
    message = email.message_from_bytes(files[0].read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == ("clerk@example.cn", "[三专一平台] 付款即将到期")
    assert "9800" not in message.get_content()
    assert files[0].stat().st_mode & 0o777 == 0o600
    with transaction() as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.result) == ("done", {"written": 1})
        assert "example.cn" not in str(job.payload)


def test_without_a_sender_no_mail_is_written(app: Flask, client: FlaskClient, unit: uuid.UUID) -> None:
    with transaction() as session:
        inbox.notify(session, "payment_due", "order", "D1", organisation_id=unit)
    with app.app_context():
        assert jobs.run_ready() == 1
    with transaction() as session:
        assert session.scalars(select(Job.result)).all() == [{"written": 0}]
