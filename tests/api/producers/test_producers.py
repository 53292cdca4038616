"""Producers, products and imports by HTTP."""

from __future__ import annotations

import io
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.service import organisations
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core import files, jobs
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.identifiers import build_uscc
from marketplace.core.sheets.export import write_csv, write_xlsx
from marketplace.core.sheets.reader import read_rows

AsRole = Callable[..., dict[str, str]]
_keys = itertools.count(1)
HEADINGS = ("统一社会信用代码", "产品名称", "品类", "规格", "计量单位", "产地")
POMELO: dict[str, Any] = {
    "name": "梅县金柚",
    "category_code": "010101",
    "spec": "5斤装",
    "unit": "箱",
    "origin_area": "441403",
}


def organisation(name: str = "梅县区众信水果专业合作社", serial: int = 1, area: str = "441403") -> uuid.UUID:
    with transaction() as session:
        uscc = build_uscc(f"93{area}DEM0{serial:04d}")
        new = NewOrganisation("producer", name, area, uscc=uscc, is_demo=True)
        return organisations.register(session, system_actor(), new).id


def post(client: FlaskClient, path: str, headers: dict[str, str], **sent: Any) -> TestResponse:
    return client.post(f"/api/v1{path}", headers=headers | {"Idempotency-Key": f"key-{next(_keys)}"}, **sent)


@pytest.fixture
def county(as_role: AsRole) -> dict[str, str]:
    return as_role("county_officer", "441403")


@pytest.fixture
def producer(client: FlaskClient, county: dict[str, str]) -> dict[str, Any]:
    body = {"organisation_id": str(organisation()), "entity_kind": "cooperative"}
    answer = post(client, "/producers", county, json=body)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.get_json()
    return made


@pytest.fixture
def product(client: FlaskClient, county: dict[str, str], producer: dict[str, Any]) -> dict[str, Any]:
    answer = post(client, "/products", county, json=POMELO | {"producer_id": producer["id"]})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.get_json()
    return made


def test_a_dossier_is_opened_read_and_amended_under_its_version(
    client: FlaskClient, county: dict[str, str], producer: dict[str, Any]
) -> None:
    path = f"/api/v1/producers/{producer['id']}"
    shown = client.get(path, headers=county)
    assert (shown.status_code, shown.headers["ETag"], shown.get_json()) == (200, '"1"', producer)
    change = {"is_832_supplier": True, "contacts": {"contact_name": "李四", "contact_phone": "13800138000"}}
    assert client.patch(path, headers=county, json=change).status_code == 428
    stale = client.patch(path, headers=county | {"If-Match": '"7"'}, json=change)
    assert (stale.status_code, stale.get_json()["code"]) == (412, "precondition_failed")
    amended = client.patch(path, headers=county | {"If-Match": '"1"'}, json=change)
    assert (amended.status_code, amended.headers["ETag"]) == (200, '"2"')
    assert amended.get_json()["is_832_supplier"] is True
    assert amended.get_json()["contacts"] == {
        "legal_representative": None,
        "contact_name": "李*",
        "contact_phone": "138****8000",
    }
    assert client.get(f"{path}/contacts", headers=county).status_code == 422
    full = client.get(f"{path}/contacts?purpose=现场核查", headers=county)
    assert full.get_json()["contact_phone"] == "13800138000"


def test_strangers_get_nothing(
    client: FlaskClient, as_role: AsRole, producer: dict[str, Any], product: dict[str, Any]
) -> None:
    other_county = as_role("county_officer", "441422")
    buyer = as_role("buyer", organisation_id=organisation("买家", 9))
    for path in (f"/producers/{producer['id']}", f"/products/{product['id']}"):
        assert client.get(f"/api/v1{path}").status_code == 401
        assert client.get(f"/api/v1{path}", headers=other_county).status_code == 404
        assert client.get(f"/api/v1{path}", headers=buyer).status_code == 403
    refused = post(
        client, "/products", other_county, json=POMELO | {"producer_id": producer["id"], "name": "x"}
    )
    assert refused.status_code == 404
    assert client.get("/api/v1/products", headers=other_county).get_json() == {
        "items": [],
        "next_cursor": None,
    }


def test_lists_are_paged_and_filtered(
    client: FlaskClient, county: dict[str, str], producer: dict[str, Any]
) -> None:
    for number in range(3):
        body = POMELO | {"producer_id": producer["id"], "name": f"金柚{number}号"}
        assert post(client, "/products", county, json=body).status_code == 201
    first = client.get("/api/v1/products?page_size=2&category=0101", headers=county).get_json()
    assert [item["name"] for item in first["items"]] == ["金柚0号", "金柚1号"]
    rest = client.get(
        f"/api/v1/products?page_size=2&category=0101&cursor={first['next_cursor']}", headers=county
    )
    assert [item["name"] for item in rest.get_json()["items"]] == ["金柚2号"]
    assert client.get("/api/v1/products?category=99", headers=county).status_code == 422
    assert client.get("/api/v1/products?colour=red", headers=county).status_code == 400
    listed = client.get("/api/v1/producers?area=441403&entity_kind=cooperative", headers=county).get_json()
    assert [item["name"] for item in listed["items"]] == ["梅县区众信水果专业合作社"]


def test_every_broken_field_of_a_product_is_named(
    client: FlaskClient, county: dict[str, str], producer: dict[str, Any]
) -> None:
    body = POMELO | {"producer_id": producer["id"], "category_code": "0101", "gtin": "6901234567891"}
    answer = post(client, "/products", county, json=body)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.get_json()["errors"]] == [
        ("/category_code", "category_not_third_level"),
        ("/gtin", "gtin_check"),
    ]


def test_a_product_is_amended_and_withdrawn_under_its_version(
    client: FlaskClient, county: dict[str, str], product: dict[str, Any]
) -> None:
    path = f"/api/v1/products/{product['id']}"
    amended = client.patch(path, headers=county | {"If-Match": '"1"'}, json={"brand": "众信", "gtin": None})
    assert (amended.status_code, amended.get_json()["brand"]) == (200, "众信")
    fixed = client.patch(path, headers=county | {"If-Match": '"2"'}, json={"origin_area": "441422"})
    assert fixed.status_code == 422
    gone = client.post(f"{path}/withdrawal", headers=county | {"If-Match": '"2"'})
    assert (gone.status_code, gone.get_json()["status"]) == (200, "withdrawn")


def test_everybody_may_read_the_categories(client: FlaskClient) -> None:
    items = client.get("/api/v1/categories").get_json()["items"]
    pomelo = next(item for item in items if item["code"] == "010101")
    assert (pomelo["level"], pomelo["title_zh"], pomelo["product_kind"], pomelo["tax_treatment"]) == (
        3,
        "柚",
        "primary",
        "rate_9",
    )


def test_a_list_is_imported_by_a_job(
    client: FlaskClient, county: dict[str, str], producer: dict[str, Any], tmp_path: Any
) -> None:
    files.install(tmp_path)
    good = [producer["uscc"], "金柚", "柚", "5斤装", "箱", "441403"]
    bad = [producer["uscc"], "坏品类", "宇航", "5斤装", "火车", "441403"]
    data = write_xlsx(HEADINGS, [good, bad])
    sent = {"file": (io.BytesIO(data), "产品表.xlsx"), "good_rows_only": "true"}
    asked = post(client, "/product-imports", county, data=sent)
    assert (asked.status_code, asked.get_json()["state"]) == (202, "queued")
    path = f"/api/v1/product-imports/{asked.get_json()['id']}"
    assert jobs.run_ready() == 1
    with transaction() as session:
        notice = session.scalars(select(InboxNotice)).one()
        assert (notice.kind, str(notice.account_id)) == ("import_finished", county["X-Test-Account"])
        assert notice.detail == {"state": "imported", "added": 1, "errors": 1}
    done = client.get(path, headers=county).get_json()
    assert {
        name: done[name] for name in ("state", "rows_read", "rows_added", "rows_known", "error_count")
    } == {
        "state": "imported",
        "rows_read": 2,
        "rows_added": 1,
        "rows_known": 0,
        "error_count": 1,
    }
    errors = client.get(f"{path}/errors", headers=county).get_json()
    assert errors == {
        "items": [{"row": 3, "column": "品类", "code": "unknown_category", "message_zh": "没有这个三级品类"}],
        "next_cursor": None,
    }
    returned = client.get(f"{path}/bad-rows?format=csv", headers=county)
    assert [row.cells[1] for row in read_rows(returned.get_data())] == ["产品名称", "坏品类"]
    assert [
        item["id"] for item in client.get("/api/v1/product-imports", headers=county).get_json()["items"]
    ] == [asked.get_json()["id"]]


def test_a_list_that_cannot_be_read_ends_refused_with_the_reason(
    client: FlaskClient, county: dict[str, str], tmp_path: Any
) -> None:
    files.install(tmp_path)
    data = "名称,规格\n金柚,5斤".encode("gb18030")
    asked = post(client, "/product-imports", county, data={"file": (io.BytesIO(data), "a.csv")})
    assert asked.status_code == 202
    jobs.run_ready()
    path = f"/api/v1/product-imports/{asked.get_json()['id']}"
    assert client.get(path, headers=county).get_json()["state"] == "refused"
    errors = client.get(f"{path}/errors", headers=county).get_json()["items"]
    assert [(error["row"], error["code"]) for error in errors] == [(0, "sheet_header_unknown")]
    assert client.get(f"{path}/bad-rows", headers=county).status_code == 409


def test_an_import_is_seen_by_nobody_else(
    client: FlaskClient, as_role: AsRole, county: dict[str, str], tmp_path: Any
) -> None:
    files.install(tmp_path)
    data = write_csv(HEADINGS, [])
    asked = post(client, "/product-imports", county, data={"file": (io.BytesIO(data), "a.csv")})
    path = f"/api/v1/product-imports/{asked.get_json()['id']}"
    assert client.get(path, headers=as_role("county_officer", "441403")).status_code == 404
    assert client.get(path, headers=as_role("statistician")).status_code == 403


@pytest.mark.parametrize("data", [b"\x00\x01", b"\xff\xfea\x00", b"\x81"])
def test_an_upload_that_is_no_list_is_refused_at_once(
    client: FlaskClient, county: dict[str, str], tmp_path: Any, data: bytes
) -> None:
    files.install(tmp_path)
    answer = post(client, "/product-imports", county, data={"file": (io.BytesIO(data), "a.csv")})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "file_type")
    assert client.get("/api/v1/product-imports", headers=county).get_json()["items"] == []


def test_an_upload_without_a_file_is_refused(client: FlaskClient, county: dict[str, str]) -> None:
    assert post(client, "/product-imports", county, data={"dry_run": "true"}).status_code == 422
    assert post(client, "/product-imports", county, json={"file": "x"}).status_code == 422


def test_a_description_comes_and_goes_in_lines_and_control_characters_are_refused(
    client: FlaskClient, county: dict[str, str], product: dict[str, Any]
) -> None:
    path = f"/api/v1/products/{product['id']}"
    assert product["description"] is None
    change = {"description": "果大皮薄\r\n国家地理标志保护产品 "}
    amended = client.patch(path, headers=county | {"If-Match": '"1"'}, json=change)
    assert (amended.status_code, amended.get_json()["description"]) == (200, "果大皮薄\n国家地理标志保护产品")
    for words in ("果大\x07皮薄", "果大\ud800皮薄", "果大\u202e皮薄", "柚" * 2_001, 7):
        refused = client.patch(path, headers=county | {"If-Match": '"2"'}, json={"description": words})
        assert refused.status_code in (400, 422), words
    assert client.get(path, headers=county).get_json() == amended.get_json()
