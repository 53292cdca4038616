"""Intake by HTTP: a device sends, loses the answer, sends again; an operator reads receipts and mends rows."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.core import db, jobs
from marketplace.core.clock import frozen_at, shanghai
from marketplace.intake.rules.signatures import sign
from tests.catalogue_world import NOON, World
from tests.support.reporting_device import Cabinet, open_cabinet


@dataclass
class Line:
    """A cabinet on the wire, and its operator."""

    client: FlaskClient
    cabinet: Cabinet
    operator: dict[str, str]
    keys: int = 0

    def send(
        self, *rows: dict[str, Any], sequence: int = 1, total_fen: int = 0, spoil: str = ""
    ) -> TestResponse:
        body = b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
        manifest = json.dumps(
            {
                "channel": self.cabinet.channel.code,
                "device": self.cabinet.device,
                "sequence": sequence,
                "format": "jsonl",
                "rows": len(rows),
                "sha256": hashlib.sha256(body).hexdigest(),
                "total_fen": total_fen,
            }
        ).encode()
        packed = gzip.compress(body, mtime=0)
        signature = f"k=1,s={sign(self.cabinet.secret, manifest, packed).hex()}"
        if spoil == "body":
            packed += b"\0"
        headers = {
            "X-Batch-Manifest": base64.b64encode(b"[]" if spoil == "manifest" else manifest).decode(),
            "X-Batch-Signature": signature,
            "Content-Type": "application/x-ndjson",
        }
        return self.client.post("/api/v1/intake/batches", data=packed, headers=headers)

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1/intake{path}", headers=self.operator)

    def post(self, path: str, body: Any) -> TestResponse:
        self.keys += 1
        headers = self.operator | {"Idempotency-Key": f"k-{self.keys}"}
        return self.client.post(f"/api/v1/intake{path}", headers=headers, json=body)


@pytest.fixture
def line(client: FlaskClient, as_role: Callable[..., dict[str, str]]) -> Iterator[Line]:
    with frozen_at(NOON):
        with db.transaction() as session:
            cabinet = open_cabinet(session)
        yield Line(client, cabinet, as_role("platform_operator"))


def test_a_batch_is_taken_read_and_answered_with_its_receipt_however_often_it_comes(line: Line) -> None:
    rows = [line.cabinet.row("A1"), line.cabinet.row("A2", qty="0")]
    first = line.send(*rows, total_fen=9_800)
    assert (first.status_code, first.get_json()["state"]) == (202, "received")
    jobs.run_ready()
    again = line.send(*rows, total_fen=9_800).get_json()
    assert (again["number"], again["state"]) == (first.get_json()["number"], "done")
    assert (again["accepted"], again["quarantined"]) == (1, 1)
    listed = line.get(f"/batches?channel={line.cabinet.channel.code}").get_json()["items"]
    assert [one["number"] for one in listed] == [again["number"]]


def test_an_operator_sees_why_a_row_was_kept_apart_and_mends_it(line: Line) -> None:
    number = line.send(line.cabinet.row("A1", qty="0"), total_fen=4_900).get_json()["number"]
    jobs.run_ready()
    [row] = line.get(f"/batches/{number}/rows?open=true").get_json()["items"]
    assert (row["reason"], row["field"], row["reason_title"]) == (
        "not_a_quantity",
        "qty",
        "数量写法有误(应为正数)",
    )
    mended = line.post(f"/rows/{row['id']}/mending", {"changes": {"qty": "1"}, "opinion": "按小票"})
    assert (mended.status_code, mended.get_json()["settled_how"]) == (200, "mended")
    assert line.get(f"/batches/{number}").get_json()["accepted"] == 1
    assert line.get(f"/batches/{number}/rows?open=true").get_json()["items"] == []


def test_a_row_of_the_future_is_replayed_as_it_is_once_its_time_has_come(line: Line) -> None:
    number = line.send(line.cabinet.row("A1", paytm="2020-10-01 13:00:00"), total_fen=4_900).get_json()[
        "number"
    ]
    jobs.run_ready()
    [row] = line.get(f"/batches/{number}/rows?open=true").get_json()["items"]
    assert row["reason"] == "future"
    as_it_is = {"changes": {}, "opinion": "按小票核对"}
    at_once = line.post(f"/rows/{row['id']}/mending", as_it_is).get_json()
    assert (at_once["reason"], at_once["attempt"], at_once["settled_at"]) == ("future", 2, None)
    with frozen_at(shanghai(2020, 10, 1, 13, 1)):
        taken = line.post(f"/rows/{at_once['id']}/mending", as_it_is)
        assert (taken.status_code, taken.get_json()["settled_how"]) == (200, "mended")
        receipt = line.get(f"/batches/{number}").get_json()
    assert (receipt["accepted"], receipt["quarantined"]) == (1, 0)


@pytest.mark.parametrize(
    ("spoil", "status", "code"), [("body", 401, "batch_signature"), ("manifest", 422, "manifest")]
)
def test_a_batch_that_was_changed_on_its_way_is_refused(
    line: Line, spoil: str, status: int, code: str
) -> None:
    answer = line.send(line.cabinet.row("A1"), total_fen=4_900, spoil=spoil)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert line.get(f"/batches?channel={line.cabinet.channel.code}").get_json()["items"] == []


def test_another_operator_learns_nothing_of_a_batch(
    line: Line, as_role: Callable[..., dict[str, str]]
) -> None:
    number = line.send(line.cabinet.row("A1"), total_fen=4_900).get_json()["number"]
    with db.transaction() as session:
        stranger_id = World(session).organisation("channel_operator").id
    line.operator = as_role("channel_operator", organisation_id=stranger_id)
    assert line.get(f"/batches/{number}").status_code == 404
    assert line.get(f"/batches?channel={line.cabinet.channel.code}").status_code == 403


@pytest.mark.parametrize(("megabytes", "status", "code"), [(31, 202, None), (33, 413, "batch_too_large")])
def test_a_batch_that_nobody_packed_may_be_as_long_as_an_unpacked_one(
    line: Line, megabytes: int, status: int, code: str | None
) -> None:
    row = json.dumps(line.cabinet.row("A1"), ensure_ascii=False).encode()
    body = row + b"\n" * (megabytes * 1024 * 1024 - len(row))
    _, manifest = line.cabinet.manifest(body, 1, 4_900, sequence=1)
    headers = {
        "X-Batch-Manifest": base64.b64encode(manifest).decode(),
        "X-Batch-Signature": f"k=1,s={sign(line.cabinet.secret, manifest, body).hex()}",
    }
    answer = line.client.post("/api/v1/intake/batches", data=body, headers=headers)
    assert answer.status_code == status
    if code is None:
        jobs.run_ready()
        assert line.get(f"/batches/{answer.get_json()['number']}").get_json()["accepted"] == 1


def test_versions_of_a_key_are_listed_without_their_secrets(
    line: Line, as_role: Callable[..., dict[str, str]]
) -> None:
    path = f"/channels/{line.cabinet.channel.code}/keys"
    made = line.post(path, None)
    assert (made.status_code, made.get_json()["version"]) == (201, 2)
    retired = line.post(f"{path}/1/retirement", None)
    assert retired.status_code == 200
    listed = line.get(path)
    assert made.get_json()["secret"] not in listed.get_data(as_text=True)
    shown = [(one["version"], one["retired_at"] is None) for one in listed.get_json()["items"]]
    assert shown == [(2, True), (1, False)]
    assert all(set(one) == {"version", "made_at", "retired_at"} for one in listed.get_json()["items"])
    elsewhere = line.client.get(f"/api/v1/intake{path}", headers=as_role("county_officer"))
    assert elsewhere.status_code == 403
