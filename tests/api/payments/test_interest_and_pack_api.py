"""Interest claims and the reimbursement pack by HTTP."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import update

from marketplace.core import db, files
from marketplace.core.clock import frozen_at, shanghai
from marketplace.orders.models import SalesOrder


def late(desk: Any) -> tuple[str, dict[str, str]]:
    """An order of 98.00 due on 2020-08-31, and the producer's own finance."""
    number: str = desk.place(payment_method="after_delivery")
    with db.transaction() as session:
        session.execute(
            update(SalesOrder)
            .where(SalesOrder.number == number)
            .values(delivered_at=shanghai(2020, 8, 1), due_on=date(2020, 8, 31), state="delivered")
        )
    return number, desk.as_role("producer_finance", organisation_id=desk.shop.seller_actor.organisation_id)


def test_interest_is_claimed_once_and_received(desk: Any) -> None:
    number, cashier = late(desk)
    stands = desk.get(f"/orders/{number}/interest", desk.buyer).get_json()
    assert (stands["accrued_fen"], stands["claimed_fen"], stands["claimable_fen"]) == (152, 0, 152)
    claim = desk.post(f"/orders/{number}/interest-claims", cashier)
    assert (claim.status_code, claim.get_json()["amount_fen"]) == (201, 152)
    again = desk.post(f"/orders/{number}/interest-claims", cashier)
    assert (again.status_code, again.get_json()["code"]) == (409, "claim_open")
    path = f"/interest-claims/{claim.get_json()['number']}"
    assert desk.post(f"{path}/receipt", desk.finance, {"reference": "B-1"}).status_code == 403
    assert desk.post(f"{path}/receipt", cashier, {"reference": "B 1"}).status_code == 422
    assert desk.post(f"{path}/receipt", cashier, {"reference": "B-1"}).get_json()["state"] == "received"
    assert desk.post(f"{path}/waiver", cashier).status_code == 409
    assert desk.get(f"/orders/{number}", desk.buyer).get_json()["paid_fen"] == 0
    with frozen_at(shanghai(2020, 10, 11, 12)):
        claim = desk.post(f"/orders/{number}/interest-claims", cashier).get_json()
        path = f"/interest-claims/{claim['number']}"
        assert (claim["amount_fen"], desk.post(f"{path}/waiver", cashier).get_json()["state"]) == (
            49,
            "waived",
        )
        assert desk.get(f"/orders/{number}/interest", desk.buyer).get_json()["claimable_fen"] == 49


def test_only_the_producers_finance_claims(desk: Any) -> None:
    number, _ = late(desk)
    for who in (desk.buyer, desk.seller, desk.finance):
        assert desk.post(f"/orders/{number}/interest-claims", who).status_code == 403
    assert desk.post("/interest-claims/L0/waiver", desk.finance).status_code == 403
    assert desk.get(f"/orders/{number}/interest", desk.buyer).get_json()["claims"] == []


def test_the_pack_is_one_pdf_for_the_two_sides(desk: Any, tmp_path: Path) -> None:
    files.install(tmp_path)
    number = desk.place()
    got = desk.get(f"/orders/{number}/reimbursement-pack", desk.buyer)
    assert (got.status_code, got.mimetype, got.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert got.headers["Content-Disposition"] == f'inline; filename="{number}-pack.pdf"'
    assert desk.get(f"/orders/{number}/reimbursement-pack", desk.as_role("county_officer")).status_code == 403
    assert desk.get("/orders/D0/reimbursement-pack", desk.buyer).status_code == 404
