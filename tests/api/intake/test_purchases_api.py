"""Declared purchases by HTTP: a unit declares with its evidence, the county returns it, the unit says it anew."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.core import db, files
from marketplace.core.clock import frozen_at
from tests.catalogue_world import NOON, World
from tests.support.reporting_device import next_uscc
from tests.support.reporting_shop import Shop, open_shop


class Line:
    """A unit's 经办 on the wire; `county` sends as the authority."""

    def __init__(
        self, client: FlaskClient, shop: Shop, unit_id: Any, clerk: dict[str, str], county: dict[str, str]
    ):
        self.client, self.shop, self.unit_id, self.clerk, self.county = client, shop, unit_id, clerk, county
        self.keys = 0

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> TestResponse:
        self.keys += 1
        sent = (headers or self.clerk) | {"Idempotency-Key": f"p-{self.keys}"}
        return self.client.post(f"/api/v1/intake/purchases{path}", headers=sent, json=body)

    def said(self, file_id: str, **changes: Any) -> dict[str, Any]:
        line = {"goods_name": "百香果", "catalogue_no": self.shop.catalogue_no, "quantity_milli": 100_000}
        values: dict[str, Any] = {
            "kind": "own_purchase",
            "channel": self.shop.channel.code,
            "bought_on": "2020-09-28",
            "lines": [line | {"amount_fen": 490_000}],
            "file_ids": [file_id],
        }
        return values | changes

    def declaration(self, file_id: str, **changes: Any) -> dict[str, Any]:
        paper = {
            "kind": "digital_normal",
            "number": "20442000000012345678",
            "issued_on": "2020-09-28",
            "total_fen": 490_000,
        }
        own = {"organisation_id": str(self.unit_id), "paper": paper, "seller_uscc": self.shop.supplier_uscc}
        return self.said(file_id) | own | {"seller_name": "演示合作社"} | changes

    def upload(self) -> str:
        sent = self.client.post(
            "/api/v1/files",
            headers=self.clerk | {"Idempotency-Key": "file-1"},
            data={"file": (io.BytesIO(b"%PDF-1.7"), "发票.pdf"), "owner_organisation_id": str(self.unit_id)},
        )
        found: str = sent.get_json()["id"]
        return found


@pytest.fixture
def line(client: FlaskClient, as_role: Callable[..., dict[str, str]], tmp_path: Path) -> Iterator[Line]:
    files.install(tmp_path)
    with frozen_at(NOON):
        with db.transaction() as session:
            shop = open_shop(session, "exhibition")
            unit = World(session).organisation("budget_unit")
            unit.uscc, unit.fiscal_area, unit.fiscal_tier = next_uscc(), "440106", "county_level"
            unit_id = unit.id
        clerk = as_role("buyer", organisation_id=unit_id)
        yield Line(client, shop, unit_id, clerk, as_role("county_officer", "440106"))


def test_a_declaration_is_returned_said_anew_and_verified(line: Line) -> None:
    file_id = line.upload()
    made = line.post("", line.declaration(file_id))
    assert (made.status_code, made.get_json()["state"], made.get_json()["left_fen"]) == (201, "submitted", 0)
    number = made.get_json()["number"]
    asked = line.post(f"/{number}/review", {"decision": "returned", "opinion": "数量不清"}, line.county)
    assert (asked.status_code, asked.get_json()["left_fen"]) == (200, 490_000)
    again = line.post(f"/{number}/resubmission", line.said(file_id))
    assert (again.get_json()["state"], again.get_json()["version"]) == ("submitted", 2)
    done = line.post(
        f"/{number}/review", {"decision": "verified", "opinion": "按发票"}, line.county
    ).get_json()
    assert (done["state"], done["batch"] is not None) == ("verified", True)
    assert {one["state"] for one in done["steps"]} == {"submitted", "returned", "verified"}
    listed = line.client.get("/api/v1/intake/purchases?state=verified", headers=line.county).get_json()
    assert [one["number"] for one in listed["items"]] == [number]
    evidence = line.client.get(f"/api/v1/intake/purchases/{number}/files/{file_id}", headers=line.county)
    assert (evidence.status_code, evidence.get_data()) == (200, b"%PDF-1.7")
    strange = line.client.get(f"/api/v1/intake/purchases/{number}/files/{line.unit_id}", headers=line.county)
    assert strange.status_code == 404


def test_a_unit_verifies_nothing_and_strangers_see_nothing(
    line: Line, as_role: Callable[..., dict[str, str]]
) -> None:
    number = line.post("", line.declaration(line.upload())).get_json()["number"]
    own = line.post(f"/{number}/review", {"decision": "verified", "opinion": "自审"})
    assert own.status_code == 403
    stranger = as_role("county_officer", "440303")
    assert line.client.get(f"/api/v1/intake/purchases/{number}", headers=stranger).status_code == 404
    assert line.client.get("/api/v1/intake/purchases", headers=stranger).get_json()["items"] == []


def test_a_number_that_is_none_is_named(line: Line) -> None:
    file_id = line.upload()
    bad = line.post("", line.declaration(file_id, seller_uscc="91440101MA5CQ1234A"))
    assert (bad.status_code, bad.get_json()["code"]) == (422, "uscc_check")
    assert bad.get_json()["errors"][0]["pointer"] == "/seller_uscc"
