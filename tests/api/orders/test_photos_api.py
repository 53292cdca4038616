"""Photos of what arrived over HTTP: uploaded, attached, listed with the order, looked at."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from marketplace.core import db, files
from marketplace.orders import service
from tests.support.photos import JPEG


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    files.install(tmp_path)


def upload(desk: Any, content: bytes = JPEG) -> str:
    desk.keys += 1
    answer = desk.client.post(
        "/api/v1/files",
        headers=desk.buyer | {"Idempotency-Key": f"file-{desk.keys}"},
        data={
            "file": (io.BytesIO(content), "到货.jpg"),
            "owner_organisation_id": str(desk.shop.buyer.id),
        },
    )
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def arrived(desk: Any) -> str:
    number = str(desk.place((2,), payment_method="after_delivery"))
    with db.transaction() as session:
        desk.shop.session = session
        desk.shop.deliver(service.lock_order(session, number))
    return number


def test_an_acceptance_brings_its_photos(desk: Any) -> None:
    number, photo = arrived(desk), upload(desk)
    body = {"rejected": [{"line_no": 1, "quantity": 1}], "reason": "破损", "photo_file_ids": [photo]}
    accepted = desk.post(f"/orders/{number}/acceptance", desk.buyer, body)
    assert accepted.status_code == 200, accepted.get_json()
    [shown] = accepted.get_json()["photos"]
    assert (shown["id"], shown["media_type"], shown["size_bytes"]) == (photo, "image/jpeg", len(JPEG))
    assert shown["return_number"] is None
    auditor = desk.as_role("auditor")
    assert desk.get(f"/orders/{number}/photos", auditor).get_json()["items"] == [shown]
    for who in (desk.buyer, desk.seller, auditor):
        looked = desk.get(f"/orders/{number}/photos/{photo}", who)
        assert (looked.status_code, looked.mimetype, looked.get_data()) == (200, "image/jpeg", JPEG)
        assert looked.headers["Cache-Control"] == "private, no-store"
        assert looked.headers["Content-Disposition"].startswith("inline")
    refused = desk.get(f"/orders/{number}/photos/{photo}", desk.finance)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "photos_of_sides")


def test_a_paper_is_no_photo_and_the_goods_stay_unaccepted(desk: Any) -> None:
    number, paper = arrived(desk), upload(desk, b"%PDF-1.7")
    answer = desk.post(f"/orders/{number}/acceptance", desk.buyer, {"photo_file_ids": [paper]})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "photo_type")
    assert desk.get(f"/orders/{number}", desk.buyer).get_json()["state"] == "delivered"


def test_a_return_brings_its_photos(desk: Any) -> None:
    number, photo = arrived(desk), upload(desk)
    desk.post(f"/orders/{number}/acceptance", desk.buyer, {})
    body = {
        "lines": [{"line_no": 1, "quantity": 1}],
        "reason": "quality",
        "photo_file_ids": [photo],
    }
    asked = desk.post(f"/orders/{number}/returns", desk.buyer, body)
    assert asked.status_code == 201, asked.get_json()
    [shown] = desk.get(f"/orders/{number}", desk.seller).get_json()["photos"]
    assert shown["return_number"] == asked.get_json()["number"]
