"""Freight and contracts by HTTP: the whole way to two signatures, refusals that change nothing, papers for those they are for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from marketplace.core import db, files
from marketplace.core.clock import frozen_at
from marketplace.orders.service import contracts
from tests.orders_world import NOON
from tests.support.contracts import PNG, register


@pytest.fixture
def office(desk: Any, tmp_path: Path) -> Any:
    """The desk with both sides' codes and a place for files."""
    files.install(tmp_path)
    with db.transaction() as session:
        desk.shop.session = session
        desk.shop.buyer = session.merge(desk.shop.buyer)
        register(desk.shop)
    return desk


def answered(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def uploaded(desk: Any, who: dict[str, str], owner: Any, content: bytes = PNG) -> str:
    desk.keys += 1
    answer = desk.client.post(
        "/api/v1/files",
        headers=who | {"Idempotency-Key": f"file-{desk.keys}"},
        data={"file": (io.BytesIO(content), "盖章.png"), "owner_organisation_id": str(owner)},
    )
    return str(answered(answer, 201)["id"])


def drafted(desk: Any, number: str, **body: Any) -> str:
    """The number of a draft whose paper the worker has made."""
    paper = str(answered(desk.post(f"/orders/{number}/contracts", desk.seller, body), 201)["number"])
    with frozen_at(NOON), db.transaction() as session:
        contracts.make_document(session, {"contract": paper})
    return paper


def test_from_draft_to_two_signatures(office: Any) -> None:
    number = office.place(payment_method="after_delivery")
    order = answered(office.post(f"/orders/{number}/freight", office.seller, {"freight_fen": 1_232}))
    assert (order["total_fen"], order["freight_fen"], order["tax_fen"]) == (11_032, 1_232, 911)
    paper = drafted(office, number, contract_days=45, inspection_days=7)
    assert answered(office.post(f"/contracts/{paper}/dispatch", office.seller))["state"] == "sent"
    owners = {"seller": office.shop.seller_actor.organisation_id, "buyer": office.shop.buyer.id}
    for side, who, other in (
        ("seller", office.seller, office.buyer),
        ("buyer", office.buyer, office.seller),
    ):
        file_id = uploaded(office, who, owners[side], PNG + side.encode())
        body = {"side": side, "form": "stamped_scan", "file_id": file_id, "signer": "公章"}
        row = answered(office.post(f"/contracts/{paper}/signatures", who, body), 201)
        assert (row["state"], row["is_our_paper"]) == ("uploaded", None)
        check = f"/contract-signatures/{row['id']}/check"
        assert office.post(check, who, {"approve": True}).status_code == 403
        contract = answered(office.post(check, other, {"approve": True, "opinion": "印章清晰"}))
        got = office.get(f"/contract-signatures/{row['id']}/file", other)
        assert got.data == PNG + side.encode()
    assert contract["state"] == "signed"
    assert [one["state"] for one in contract["signatures"]] == ["checked", "checked"]
    assert refused(office.post(f"/orders/{number}/freight", office.seller, {"freight_fen": 0})) == (
        409,
        "contract_out",
    )
    listed = answered(office.get(f"/orders/{number}/contracts", office.buyer))["items"]
    assert [(one["number"], one["total_fen"], one["freight_fen"]) for one in listed] == [
        (paper, 11_032, 1_232)
    ]


def test_the_paper_has_its_hash_and_is_for_the_two_sides(office: Any) -> None:
    number = office.place(payment_method="after_delivery")
    pending = str(answered(office.post(f"/orders/{number}/contracts", office.seller, {}), 201)["number"])
    answer = office.get(f"/contracts/{pending}/document", office.seller)
    assert refused(answer) == (503, "document_pending")
    assert answer.headers["Retry-After"] == "5"
    paper = drafted(office, number)
    got = office.get(f"/contracts/{paper}/document", office.buyer)
    [_, contract] = answered(office.get(f"/orders/{number}/contracts", office.buyer))["items"]
    assert (got.mimetype, got.headers["ETag"]) == ("application/pdf", f'"{contract["document_sha256"]}"')
    assert "no-store" in got.headers["Cache-Control"]
    for who, status in (
        (office.as_role("platform_operator"), 200),
        (office.as_role("county_officer"), 403),
        (office.as_role("buyer", organisation_id=office.shop.seller_actor.organisation_id), 200),
        (office.as_role("auditor"), 403),
        ({}, 401),
    ):
        assert office.get(f"/contracts/{paper}/document", who).status_code == status
    assert office.get("/contracts/H0/document", office.buyer).status_code == 404


def test_the_same_key_drafts_once(office: Any) -> None:
    number = office.place(payment_method="after_delivery")
    first = office.post(f"/orders/{number}/contracts", office.seller, {}, key="once")
    again = office.post(f"/orders/{number}/contracts", office.seller, {}, key="once")
    assert first.get_json() == again.get_json()
    assert len(answered(office.get(f"/orders/{number}/contracts", office.seller))["items"]) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"freight_fen": -1}, "/freight_fen"),
        ({"freight_fen": 1.5}, "/freight_fen"),
        ({"freight_fen": True}, "/freight_fen"),
        ({"freight_fen": "NaN"}, "/freight_fen"),
        ({}, "/freight_fen"),
        ({"freight_fen": 1, "currency": "USD"}, "/currency"),
    ],
)
def test_freight_that_is_no_amount_is_422_and_changes_nothing(
    office: Any, body: dict[str, Any], pointer: str
) -> None:
    number = office.place()
    answer = office.post(f"/orders/{number}/freight", office.seller, body)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.get_json()["errors"]] == [pointer]
    assert answered(office.get(f"/orders/{number}", office.buyer))["total_fen"] == 9_800


def test_terms_that_do_not_fit_are_422(office: Any) -> None:
    number = office.place()
    for body in (
        {"contract_days": 30},
        {"inspection_days": 31},
        {"contract_days": -1},
        {"clauses": ["a\u0007b"]},
        {"unknown": 1},
    ):
        assert office.post(f"/orders/{number}/contracts", office.seller, body).status_code == 422
    assert answered(office.get(f"/orders/{number}/contracts", office.seller))["items"] == []


def test_the_acceptance_record_is_a_pdf_once_the_goods_were_inspected(office: Any) -> None:
    number = office.place(payment_method="after_delivery")
    assert refused(office.get(f"/orders/{number}/acceptance-record", office.buyer)) == (409, "not_accepted")
    for step in ("confirmation", "shipment", "delivery"):
        body = {} if step == "shipment" else None
        assert office.post(f"/orders/{number}/{step}", office.seller, body).status_code == 200
    assert office.post(f"/orders/{number}/acceptance", office.buyer, {}).status_code == 200
    got = office.get(f"/orders/{number}/acceptance-record", office.buyer)
    assert (got.status_code, got.mimetype, got.data[:5]) == (200, "application/pdf", b"%PDF-")
