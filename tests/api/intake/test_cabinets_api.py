"""Cabinets by HTTP: an operator plans, restocks and counts; a device beats; officials of the area read; others learn nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.core import db, jobs
from marketplace.core.clock import frozen_at
from marketplace.intake.cabinets.service import making
from marketplace.intake.health import service as health
from marketplace.intake.rules.signatures import sign
from tests.catalogue_world import NOON, World
from tests.support.reporting_device import Cabinet, open_cabinet
from tests.support.stocked_cabinet import sold

LATER = NOON + timedelta(hours=2)


@dataclass
class Desk:
    """A client, a cabinet and who calls."""

    client: FlaskClient
    cabinet: Cabinet
    headers: dict[str, str]
    keys: int = 0

    @property
    def device(self) -> str:
        return f"/channels/{self.cabinet.channel.code}/devices/{self.cabinet.device}"

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/api/v1/intake{path}", headers=headers or self.headers)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> TestResponse:
        self.keys += 1
        sent = (headers or self.headers) | {"Idempotency-Key": f"k-{self.keys}"}
        return self.client.post(f"/api/v1/intake{path}", headers=sent, json=body)

    def beat(self, **changes: Any) -> TestResponse:
        said = {
            "channel": self.cabinet.channel.code,
            "device": self.cabinet.device,
            "at": "2020-10-01T13:59:30+08:00",
            "door": "closed",
            "temperature_decic": 45,
        }
        raw = json.dumps(said | changes).encode()
        signature = f"k=1,s={sign(self.cabinet.secret, raw, b'').hex()}"
        return self.client.post(
            "/api/v1/intake/heartbeats",
            data=raw,
            headers={"X-Batch-Signature": signature, "Content-Type": "application/json"},
        )

    def sell(self, *rows: dict[str, Any]) -> None:
        with db.transaction() as session:
            Cabinet(**(vars(self.cabinet) | {"session": session})).send(*rows)
            self.cabinet.sequence += 1
        jobs.run_ready()


@pytest.fixture
def desk(client: FlaskClient, as_role: Callable[..., dict[str, str]]) -> Iterator[Desk]:
    """Slot A1 holds ten, is filled up below three; four were brought, an hour ago the plan began."""
    with frozen_at(NOON):
        with db.transaction() as session:
            operator_id = World(session).organisation("channel_operator").id
            cabinet = open_cabinet(session, operator_id=operator_id)
        made = Desk(client, cabinet, as_role("channel_operator", organisation_id=operator_id))
        slot = {"slot": "A1", "capacity": 10, "par_level": 3, "product_id": str(cabinet.product.id)}
        assert made.post(f"{made.device}/planograms", {"slots": [slot]}).status_code == 201
        lines = [{"slot": "A1", "units": 4, "lot_no": "L1", "expires_on": "2020-10-20"}]
        assert made.post(f"{made.device}/restockings", {"lines": lines}).get_json() == {"booked": 1}
    with frozen_at(LATER):
        yield made


def test_an_operator_sees_what_stands_in_a_cabinet_and_how_old_its_word_is(desk: Desk) -> None:
    assert desk.beat().get_json()["age_s"] == 0
    desk.sell(sold(desk.cabinet, "A1", NOON + timedelta(hours=1), 3))
    [found] = desk.get(f"/channels/{desk.cabinet.channel.code}/cabinets").get_json()["items"]
    [goods] = found["goods"]
    assert (found["device"], found["pulse"]["door"], found["pulse"]["clock_ahead_s"]) == (
        "GZ0001",
        "closed",
        -30,
    )
    assert (goods["on_hand_milli"], goods["lots"]) == (
        1_000,
        [{"slot": "A1", "lot_no": "L1", "expires_on": "2020-10-20", "milli": 1_000}],
    )
    assert [one["slot"] for one in found["plan"]] == ["A1"]
    moved = desk.get(f"{desk.device}/movements").get_json()["items"]
    assert [(one["kind"], one["change_milli"]) for one in moved] == [("sale", -3_000), ("restock", 4_000)]


def test_a_task_is_listed_assigned_done_and_in_the_file(desk: Desk) -> None:
    desk.sell(sold(desk.cabinet, "A1", NOON + timedelta(hours=1), 2))
    making.make_all_tasks()
    [task] = desk.get("/cabinet-tasks?state=open").get_json()["items"]
    assert (task["kind"], task["cause_title"], task["units"], task["slot"]) == (
        "restock",
        "低于补货线",
        8,
        "A1",
    )
    me = desk.headers["X-Test-Account"]
    given = desk.post(f"/cabinet-tasks/{task['number']}/assignment", {"account_id": me})
    assert (given.status_code, given.get_json()["state"]) == (200, "assigned")
    done = desk.post(
        f"/cabinet-tasks/{task['number']}/completion",
        {"lines": [{"slot": "A1", "units": 8}], "counts": {"A1": 10}},
    )
    assert (done.status_code, done.get_json()["done_units"]) == (200, 8)
    again = desk.post(f"/cabinet-tasks/{task['number']}/completion", {"lines": []})
    assert (again.status_code, again.get_json()["code"]) == (409, "task_over")
    text = desk.get("/cabinet-tasks/file?state=done").get_data(as_text=True)
    assert task["number"] in text
    assert "已办" in text


def test_a_count_and_a_finding_with_both_figures(desk: Desk) -> None:
    desk.sell(sold(desk.cabinet, "A1", NOON + timedelta(hours=1), 6))
    [finding] = desk.get("/cabinet-findings?state=open").get_json()["items"]
    assert (finding["kind_title"], finding["there_milli"], finding["sold_milli"]) == (
        "售出多于在柜数量",
        4_000,
        6_000,
    )
    assert finding["number"] in desk.get("/cabinet-findings/file?format=csv").get_data(as_text=True)
    assert desk.get("/cabinet-findings/file?format=xlsx").data.startswith(b"PK")
    closed = desk.post(f"/cabinet-findings/{finding['number']}/closure", {"opinion": "补货漏登"})
    assert (closed.status_code, closed.get_json()["state"]) == (200, "closed")
    assert desk.post(f"{desk.device}/counts", {"slots": {"A1": 2}}).get_json() == {"booked": 1}
    moved = desk.get(f"{desk.device}/movements").get_json()["items"]
    assert [(one["kind"], one["change_milli"], one["counted"]) for one in moved[:2]] == [
        ("shrinkage", 4_000, None),
        ("count", 0, {"A1": 2_000}),
    ]


def test_an_official_of_the_area_reads_and_does_not_write(
    desk: Desk, as_role: Callable[..., dict[str, str]]
) -> None:
    own, other = as_role("county_officer", "440106"), as_role("county_officer", "650104")
    path = f"/channels/{desk.cabinet.channel.code}/cabinets"
    assert [desk.get(path, **headers).status_code for headers in (own, other)] == [200, 403]
    assert desk.post(f"{desk.device}/counts", {"slots": {"A1": 2}}, own).status_code == 403
    shown = [len(desk.get("/health", **headers).get_json()["items"]) for headers in (own, other)]
    assert shown == [1, 0]
    body = {
        "product_id": str(desk.cabinet.product.id),
        "lot_no": "L1",
        "reason": "检出超标",
        "area": "440106",
    }
    assert desk.post("/recalls", body, other).status_code == 403
    made = desk.post("/recalls", body, own)
    assert (made.status_code, made.get_json()["area_code"]) == (201, "440106")
    making.make_all_tasks()
    [task] = desk.get("/cabinet-tasks?kind=recall").get_json()["items"]
    assert (task["lot_no"], task["units"], task["cause_title"]) == ("L1", 4, "召回")
    number = made.get_json()["number"]
    assert desk.post(f"/recalls/{number}/lifting", {}, other).status_code == 404
    assert desk.post(f"/recalls/{number}/lifting", {}, own).status_code == 200
    assert desk.client.get("/api/v1/intake/recalls", headers=own).get_json()["items"][0]["lifted_at"]


def test_another_operator_learns_nothing_of_a_cabinet(
    desk: Desk, as_role: Callable[..., dict[str, str]]
) -> None:
    desk.sell(sold(desk.cabinet, "A1", NOON + timedelta(hours=1), 6))
    making.make_all_tasks()
    [task] = desk.get("/cabinet-tasks").get_json()["items"]
    [finding] = desk.get("/cabinet-findings").get_json()["items"]
    with db.transaction() as session:
        stranger = World(session).organisation("channel_operator").id
    desk.headers = as_role("channel_operator", organisation_id=stranger)
    for path in ("/cabinet-tasks", "/cabinet-findings", "/health", "/recalls"):
        assert desk.get(path).get_json()["items"] == []
    assert desk.get(f"{desk.device}/movements").status_code == 403
    assert desk.post(f"/cabinet-tasks/{task['number']}/completion", {"lines": []}).status_code == 404
    assert desk.post(f"/cabinet-findings/{finding['number']}/closure", {"opinion": "x"}).status_code == 404
    assert desk.post(f"{desk.device}/restockings", {"lines": [{"slot": "A1", "units": 1}]}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"colour": "red"}, 422, "heartbeat"),
        ({"at": "yesterday"}, 422, "heartbeat"),
        ({"device": "GZ9999"}, 401, "batch_signature"),
        ({"slots": {"B9": 1}}, 422, "slot_unknown"),
    ],
)
def test_a_heartbeat_that_cannot_be_meant_is_refused(
    desk: Desk, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = desk.beat(**changes)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    [found] = desk.get(f"/channels/{desk.cabinet.channel.code}/cabinets").get_json()["items"]
    assert found["pulse"] is None


def test_the_health_of_devices_says_what_to_do_and_metrics_count_it(desk: Desk) -> None:
    with frozen_at(NOON + timedelta(days=3)):
        assert health.look_after_all() == 1
        [found] = desk.get("/health?issue=silent").get_json()["items"]
        assert [one["code"] for one in found["issues"]] == ["late", "silent"]
        assert found["issues"][1]["advice"] == "请到现场查看供电与网络"
        assert desk.get("/health?issue=gaps").get_json()["items"] == []
        english = desk.get("/health", **(desk.headers | {"Accept-Language": "en"})).get_json()["items"][0]
        assert english["issues"][1]["title"] == "No heartbeat"
        text = desk.client.get("/metrics").text
    assert 'sanzhuan_devices_unwell{issue="silent"} 1\n' in text
