"""Mass exports: two persons, a job, a file that is handed over once within a day."""

from __future__ import annotations

import hashlib
import io
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from marketplace.accounts.models import Account, Approval, Grant
from marketplace.accounts.permissions import held
from marketplace.accounts.service import approvals, exports, organisations
from marketplace.accounts.service.exports import making
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core import files, jobs
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, utcnow
from marketplace.core.db import Database, transaction
from marketplace.core.errors import Conflict
from marketplace.core.models import AuditRecord, Job, StoredFile

AsRole = Callable[..., dict[str, str]]
ASK = {"kind": "organisations", "area_code": "441403", "reason": "省厅年度核查"}


def _key(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Idempotency-Key": uuid.uuid4().hex}


@pytest.fixture(autouse=True)
def place_for_files(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_root", tmp_path)


@pytest.fixture
def cooperatives(client: FlaskClient) -> None:
    with transaction() as session:
        for name, area in (("=梅县演示合作社", "441403"), ("兴宁演示合作社", "441481")):
            organisations.register(
                session, system_actor(), NewOrganisation("producer", name, area, is_demo=True)
            )


def _approved(client: FlaskClient, as_role: AsRole, asker: dict[str, str], body: dict[str, Any] = ASK) -> str:
    asked = client.post("/api/v1/exports", json=body, headers=_key(asker))
    assert (asked.status_code, asked.get_json()["state"]) == (202, "pending")
    decided = client.post(
        f"/api/v1/approvals/{asked.get_json()['id']}/decision",
        json={"approve": True, "opinion": "同意"},
        headers=_key(as_role("issuer", "441400")),
    )
    assert decided.get_json()["state"] == "approved"
    return str(asked.get_json()["id"])


def _rows(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_an_approved_export_is_handed_over_once_and_marked(
    client: FlaskClient, cooperatives: None, as_role: AsRole
) -> None:
    asker = as_role("county_officer", "441403")
    approval = _approved(client, as_role, asker)
    url = f"/api/v1/exports/{approval}/file"
    early = client.post(url, headers=asker)
    assert (early.status_code, early.get_json()["code"]) == (409, "export_not_ready")
    assert jobs.run_ready() >= 1
    other = client.post(url, headers=as_role("county_officer", "441403"))
    assert other.status_code == 404
    taken = client.post(url, headers=asker)
    assert taken.status_code == 200
    assert "filename*=UTF-8''" in taken.headers["Content-Disposition"]
    rows = _rows(taken.data)
    assert rows[0][0] == "单位名录"
    assert asker["X-Test-Account"] in rows[1][0]
    assert rows[2][:3] == ["编号", "类型", "名称"]
    assert [row[2] for row in rows[3:-1]] == ["'=梅县演示合作社"]  # the county's only, and no formula
    assert rows[-1][0] == rows[1][0]
    again = client.post(url, headers=asker)
    assert (again.status_code, again.get_json()["code"]) == (409, "export_gone")
    with transaction() as session:
        kept = session.scalars(select(exports.Export)).one()
        actions = session.scalars(
            select(AuditRecord.action)
            .where(AuditRecord.action.in_(("accounts.export.made", "core.file.taken")))
            .order_by(AuditRecord.id)
        ).all()
    assert kept.rows == 1
    assert kept.sha256 == hashlib.sha256(taken.data).digest()
    assert actions == ["accounts.export.made", "core.file.taken"]
    notices = client.get("/api/v1/inbox", headers=asker).get_json()["items"]
    assert [(item["kind"], item["detail"].get("rows")) for item in notices] == [
        ("export_ready", 1),
        ("approval_decided", None),
    ]


def test_the_file_on_disk_is_sealed_and_gone_after_a_day(
    client: FlaskClient, cooperatives: None, as_role: AsRole, tmp_path: Path
) -> None:
    asker = as_role("county_officer", "441403")
    approval = _approved(client, as_role, asker)
    jobs.run_ready()
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert not stored[0].read_bytes().startswith(b"PK")
    with frozen_at(utcnow() + timedelta(hours=25)):
        late = client.post(f"/api/v1/exports/{approval}/file", headers=asker)
        assert (late.status_code, late.get_json()["code"]) == (409, "export_gone")
        with transaction() as session:
            assert files.delete_expired(session) == 1
            assert files.delete_expired(session) == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_job_done_twice_makes_one_file(client: FlaskClient, cooperatives: None, as_role: AsRole) -> None:
    approval = _approved(client, as_role, as_role("county_officer", "441403"))
    jobs.run_ready()
    with transaction() as session:
        assert exports.make(session, {"export_id": approval}) == {"state": "used"}
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 1


@pytest.mark.parametrize("loss", ["account", "role"])
def test_who_lost_the_right_meanwhile_gets_nothing(
    client: FlaskClient, cooperatives: None, as_role: AsRole, loss: str
) -> None:
    asker = as_role("county_officer", "441403")
    _approved(client, as_role, asker)
    account = uuid.UUID(asker["X-Test-Account"])
    with transaction() as session:
        if loss == "account":
            session.execute(update(Account).where(Account.id == account).values(status="disabled"))
        else:
            session.execute(update(Grant).where(Grant.account_id == account).values(ended_at=utcnow()))
    jobs.run_ready()
    with transaction() as session:
        assert (
            session.scalars(select(exports.Export.refused)).one()
            == {"account": "account_closed", "role": "role_lost"}[loss]
        )
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_too_many_rows_are_refused(
    client: FlaskClient, cooperatives: None, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "ROWS_MAX", 0)
    asker = as_role("county_officer", "441403")
    approval = _approved(client, as_role, asker)
    jobs.run_ready()
    refused = client.post(f"/api/v1/exports/{approval}/file", headers=asker)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "export_refused")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "households"}, 422, "export_kind"),
        ({"area_code": "441400"}, 403, "out_of_scope"),
        ({"area_code": "449999"}, 422, "unknown_division"),
        ({"reason": ""}, 422, "invalid"),
    ],
)
def test_an_export_that_may_not_be_asked_for_is_refused(
    client: FlaskClient, as_role: AsRole, change: dict[str, Any], status: int, code: str
) -> None:
    asker = as_role("county_officer", "441403")
    answer = client.post("/api/v1/exports", json={**ASK, **change}, headers=_key(asker))
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Approval)) == 0


def test_the_asker_does_not_approve_and_other_roles_do_not_ask(client: FlaskClient, as_role: AsRole) -> None:
    assert client.post("/api/v1/exports", json=ASK).status_code == 401
    assert (
        client.post("/api/v1/exports", json=ASK, headers=_key(as_role("issuer", "441400"))).status_code == 403
    )
    asker = as_role("county_officer", "441403")
    with transaction() as session:
        person = session.get_one(Account, uuid.UUID(asker["X-Test-Account"])).person_id
    asked = client.post("/api/v1/exports", json=ASK, headers=_key(asker)).get_json()
    twice = client.post("/api/v1/exports", json=ASK, headers=_key(asker))
    assert (twice.status_code, twice.get_json()["code"]) == (409, "approval_pending")
    second = client.post(
        f"/api/v1/approvals/{asked['id']}/decision",
        json={"approve": True, "opinion": "同意"},
        headers=_key(as_role("issuer", "441400", person_id=person)),
    )
    assert (second.status_code, second.get_json()["code"]) == (403, "same_person")
    with transaction() as session:
        assert session.scalars(select(Job).where(Job.kind == exports.JOB)).all() == []


def test_every_kind_of_export_can_be_made(client: FlaskClient, as_role: AsRole) -> None:
    asker = as_role("county_officer", "441403")
    for kind in (
        one for one in exports.kinds() if isinstance(one, exports.ExportKind) and not one.parameters
    ):
        approval = _approved(client, as_role, asker, {**ASK, "kind": kind.code})
        jobs.run_ready()
        taken = client.post(f"/api/v1/exports/{approval}/file", headers=asker)
        assert taken.status_code == 200
        assert tuple(_rows(taken.data)[2]) == kind.headings


def test_of_twenty_who_take_a_file_at_once_one_gets_it(own_database: Database, app: Flask) -> None:
    with transaction() as session:
        actor = Actor(uuid.uuid4(), uuid.uuid4(), held=(held("county_officer", "441403"),))
        stored = files.store(
            session,
            system_actor(),
            name="x.txt",
            content=b"rows",
            file_class="restricted",
            area_code="441403",
            delete_after=utcnow() + timedelta(hours=1),
        )
        approval = approvals.ask(
            session,
            actor,
            approvals.Request("mass_export", "export", "x", "441403", {"title": "x"}, "x"),
        ).id
        session.add(
            exports.Export(
                id=approval,
                kind="organisations",
                title="x",
                file_format="xlsx",
                area_code="441403",
                parameters={},
                reason="x",
                asked_by=actor.account_id,
                asked_at=utcnow(),
                approval_id=approval,
                file_id=stored.id,
                sha256=stored.sha256,
                made_at=utcnow(),
                expires_at=stored.delete_after,
            )
        )
    barrier = threading.Barrier(20)
    results: list[str] = []

    def take() -> None:
        barrier.wait()
        try:
            with transaction() as session:
                results.append(bytes(exports.take(session, actor, approval).body).decode())
        except Conflict as refusal:
            results.append(refusal.code)

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["export_gone"] * 19 + ["rows"]
