"""Invoices by HTTP: asked for, issued, checked, taken back; files for both sides; refusals change nothing."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from marketplace.accounts.models import Organisation
from marketplace.core import db, files
from marketplace.core.identifiers import build_uscc
from marketplace.orders.service import lock_order
from marketplace.payments.models import Invoice
from marketplace.payments.service import invoice_files_of

BUYER = build_uscc("1144010011111111")
SELLER = build_uscc("9346902522222222")
AT = "2020-10-01T12:00:00+08:00"


@pytest.fixture(autouse=True)
def registered(desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_root", tmp_path)
    with db.transaction() as session:
        for organisation_id, code in (
            (desk.shop.buyer.id, BUYER),
            (desk.shop.seller_actor.organisation_id, SELLER),
        ):
            session.execute(update(Organisation).where(Organisation.id == organisation_id).values(uscc=code))


def printed(number: int, **changes: Any) -> dict[str, Any]:
    body = {
        "code": "044002000111",
        "invoice_no": f"{number:08d}",
        "issued_at": AT,
        "seller_tax_number": SELLER,
    }
    return body | {"total_fen": 9800, "tax_fen": 809} | changes


def issued(desk: Any, number: str, serial: int = 1) -> dict[str, Any]:
    body = printed(serial, order_numbers=[number], kind="normal")
    answer = desk.post("/invoices", desk.seller, body)
    assert answer.status_code == 201, answer.get_json()
    return dict(answer.get_json())


def count() -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(Invoice)) or 0


def test_an_invoice_is_asked_for_issued_and_checked(desk: Any) -> None:
    number = desk.place()
    asked = desk.post(
        "/invoice-requests",
        desk.buyer,
        {"order_numbers": [number], "kind": "normal", "title": "演示预算单位", "tax_number": BUYER},
    )
    assert asked.status_code == 201
    request = asked.get_json()["number"]
    waiting = desk.get("/invoice-requests?state=requested", desk.seller).get_json()["items"]
    assert [(row["number"], row["order_numbers"]) for row in waiting] == [(request, [number])]
    answer = desk.post("/invoices", desk.seller, printed(1, request_number=request))
    body = answer.get_json()
    assert answer.status_code == 201
    assert (body["color"], body["title"], body["tax_number"]) == ("blue", "演示预算单位", BUYER)
    assert body["capital"] == "玖拾捌元整"
    (line,) = body["lines"]
    assert (line["net_fen"], line["tax_fen"], line["rate"], line["remark"]) == (8991, 809, "9%", "")
    assert desk.get("/invoice-requests?state=requested", desk.seller).get_json()["items"] == []
    unchecked = desk.get("/invoices?check_state=unchecked", desk.buyer).get_json()["items"]
    assert [row["number"] for row in unchecked] == [body["number"]]
    checked = desk.post(f"/invoices/{body['number']}/check", desk.buyer, {"accept": True})
    assert checked.get_json()["check_state"] == "accepted"
    gates = desk.get(f"/orders/{number}/payment-gates", desk.buyer).get_json()
    assert [(gate["code"], gate["is_passed"], gate["may_delay"]) for gate in gates["gates"]] == [
        ("goods", False, False),
        ("invoice", True, False),
    ]
    assert gates["waited_for"] == []
    assert desk.get(f"/orders/{number}", desk.buyer).get_json()["invoice_state"] == "issued"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"total_fen": 9801}, 422, "invoice_total"),
        ({"tax_fen": 808}, 422, "invoice_tax"),
        ({"code": "1"}, 422, "invoice_code"),
        ({"invoice_no": "1"}, 422, "invoice_number"),
        ({"seller_tax_number": BUYER}, 422, "seller_differs"),
        ({"title": "甲"}, 422, "tax_number_missing"),
        ({"total_fen": 98.0}, 422, "invalid"),
        ({"total_fen": -9800}, 422, "invalid"),
        ({"kind": None}, 422, "invalid"),
        ({"request_number": "K0"}, 422, "invalid"),
        ({"order_numbers": ["D0"]}, 404, "order_not_found"),
    ],
)
def test_a_wrong_invoice_is_refused_and_nothing_is_kept(
    desk: Any, changes: dict[str, Any], status: int, code: str
) -> None:
    number = desk.place()
    body = printed(1, order_numbers=[number], kind="normal") | changes
    answer = desk.post("/invoices", desk.seller, body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert count() == 0
    assert desk.get(f"/orders/{number}", desk.buyer).get_json()["invoice_state"] == "none"


def test_only_sellers_issue_and_only_buyers_check(desk: Any) -> None:
    number = desk.place()
    body = printed(1, order_numbers=[number], kind="normal")
    assert desk.post("/invoices", desk.buyer, body).status_code == 403
    stranger = desk.as_role("producer", organisation_id=desk.shop.buyer.id)
    assert desk.post("/invoices", stranger, body).status_code == 403
    made = issued(desk, number)["number"]
    assert desk.post(f"/invoices/{made}/check", desk.seller, {"accept": True}).status_code == 403
    other = desk.as_role("buyer", organisation_id=desk.shop.seller_actor.organisation_id)
    assert desk.post(f"/invoices/{made}/check", other, {"accept": True}).status_code == 403
    with db.transaction() as session:
        desk.shop.world.session = session
        unknown = desk.as_role("buyer", organisation_id=desk.shop.world.organisation().id)
    assert desk.get(f"/invoices/{made}", unknown).status_code == 404


def test_the_same_request_again_gets_the_same_invoice(desk: Any) -> None:
    body = printed(1, order_numbers=[desk.place()], kind="normal")
    first = desk.post("/invoices", desk.seller, body, key="once").get_json()["number"]
    assert desk.post("/invoices", desk.seller, body, key="once").get_json()["number"] == first
    assert count() == 1


def test_a_red_letter_is_owed_after_a_refusal_and_names_its_blue(desk: Any) -> None:
    number = desk.place()
    blue = issued(desk, number)["number"]
    assert desk.get("/invoices/red-letters-owed", desk.seller).get_json()["items"] == []
    desk.post(f"/invoices/{blue}/check", desk.buyer, {"accept": False, "opinion": "抬头有误"})
    (owed,) = desk.get("/invoices/red-letters-owed", desk.seller).get_json()["items"]
    assert (owed["order_number"], owed["owed_fen"], owed["reasons"]) == (number, 9800, ["refused"])
    red = desk.post(f"/invoices/{blue}/red-letters", desk.seller, printed(2, reason="抬头有误"))
    assert red.status_code == 201, red.get_json()
    assert (red.get_json()["blue_number"], red.get_json()["capital"]) == (blue, "负玖拾捌元整")
    shown = desk.get(f"/invoices/{blue}", desk.buyer).get_json()
    assert (shown["red_numbers"], shown["red_fen"]) == ([red.get_json()["number"]], 9800)
    assert desk.get("/invoices/red-letters-owed", desk.seller).get_json()["items"] == []


def _send(desk: Any, number: str, name: str, content: bytes, key: str) -> Any:
    return desk.client.post(
        f"/api/v1/invoices/{number}/files",
        headers=desk.seller | {"Idempotency-Key": key},
        data={"file": (BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def test_pdf_and_ofd_are_kept_and_read_by_both_sides(desk: Any) -> None:
    number = desk.place()
    invoice = issued(desk, number)["number"]
    ofd = BytesIO()
    with zipfile.ZipFile(ofd, "w") as archive:
        archive.writestr("OFD.xml", "<ofd:OFD/>")
    first = _send(desk, invoice, "发票.ofd", ofd.getvalue(), "f1")
    assert (first.status_code, first.get_json()["media_type"]) == (201, "application/ofd")
    assert _send(desk, invoice, "发票.pdf", b"%PDF-1.7 x", "f2").get_json()["media_type"] == "application/pdf"
    text = _send(desk, invoice, "发票.txt", "文本".encode(), "f3")
    assert (text.status_code, text.get_json()["code"]) == (422, "invoice_file_type")
    kept = desk.get(f"/invoices/{invoice}", desk.buyer).get_json()["files"]
    assert [one["name"] for one in kept] == ["发票.ofd", "发票.pdf"]
    read = desk.get(f"/invoices/{invoice}/files/{kept[0]['id']}", desk.buyer)
    assert (read.status_code, read.data) == (200, ofd.getvalue())
    official = desk.as_role("county_officer")
    answer = desk.get(f"/invoices/{invoice}/files/{kept[0]['id']}", official)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "invoice_file_of_sides")
    with db.transaction() as session:
        found = invoice_files_of(session, lock_order(session, number))
        assert [one.original_name for one in found] == ["发票.ofd", "发票.pdf"]


def test_a_unit_declares_a_part_and_withdraws_it(desk: Any) -> None:
    invoice = issued(desk, desk.place())
    body = {
        "organisation_id": str(desk.shop.buyer.id),
        "code": invoice["code"],
        "invoice_no": invoice["invoice_no"],
        "amount_fen": 9801,
    }
    answer = desk.post("/invoice-declarations", desk.buyer, body)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "declared_above_invoice")
    answer = desk.post("/invoice-declarations", desk.buyer, body | {"amount_fen": 9800})
    assert answer.status_code == 201
    shown = desk.get(f"/invoices/{invoice['number']}", desk.buyer).get_json()
    assert (shown["declared_fen"], len(shown["declarations"])) == (9800, 1)
    desk.post(f"/invoice-declarations/{answer.get_json()['id']}/withdrawal", desk.buyer)
    assert desk.get(f"/invoices/{invoice['number']}", desk.buyer).get_json()["declared_fen"] == 0
