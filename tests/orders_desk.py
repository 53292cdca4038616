"""A shop at noon of 2020-10-01, committed into the test's savepoint, and its people with API tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.app import compose
from marketplace.core import db
from marketplace.core.clock import frozen_at
from tests.orders_world import DELIVER_TO, NOON, Heard, Shop, open_shop

AsRole = Callable[..., dict[str, str]]


@pytest.fixture
def at_noon() -> Iterator[None]:
    with frozen_at(NOON):
        yield
    compose()


@dataclass
class Desk:
    """A client, a shop, and headers of everybody who acts."""

    client: FlaskClient
    shop: Shop
    heard: Heard
    as_role: AsRole
    buyer: dict[str, str]
    seller: dict[str, str]
    finance: dict[str, str]
    keys: int = 0

    def post(self, path: str, who: dict[str, str], body: Any = None, key: str | None = None) -> TestResponse:
        """POST under /api/v1 with a fresh Idempotency-Key unless one is given."""
        self.keys += 1
        headers = who | {"Idempotency-Key": key or f"key-{self.keys}"}
        return self.client.post(f"/api/v1{path}", headers=headers, json=body)

    def get(self, path: str, who: dict[str, str]) -> TestResponse:
        """GET under /api/v1."""
        return self.client.get(f"/api/v1{path}", headers=who)

    def checkout(self, quantities: tuple[int, ...] = (2,), **changes: Any) -> dict[str, Any]:
        """The body of a checkout of so many units of each listing."""
        lines = [
            {"listing_id": str(row.id), "quantity": quantity, "unit_price_fen": row.price_fen}
            for row, quantity in zip(self.shop.listings, quantities, strict=False)
        ]
        body = {"buyer_id": str(self.shop.buyer.id), "payment_method": "prepaid", "deliver_to": DELIVER_TO}
        return body | {"lines": lines} | changes

    def place(self, quantities: tuple[int, ...] = (2,), **changes: Any) -> str:
        """The number of a placed order."""
        answer = self.post("/checkouts", self.buyer, self.checkout(quantities, **changes))
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["orders"][0]["number"])

    def pay(self, number: str, amount_fen: int, reference: str = "R-1") -> TestResponse:
        """Record a bank transfer."""
        body = {
            "order_number": number,
            "amount_fen": amount_fen,
            "currency": "CNY",
            "reference": reference,
            "payer_name": "演示预算单位",
            "paid_at": "2020-10-01T12:00:00+08:00",
        }
        return self.post("/payments", self.finance, body)


@pytest.fixture
def desk(at_noon: None, client: FlaskClient, as_role: AsRole) -> Desk:
    heard = Heard()
    heard.compose()
    with db.transaction() as session:
        shop = open_shop(session, (4_900, 5_900, 6_900))
    return Desk(
        client,
        shop,
        heard,
        as_role,
        buyer=as_role("buyer", organisation_id=shop.buyer.id, opened_by_unit=True),
        seller=as_role("producer", organisation_id=shop.seller_actor.organisation_id),
        finance=as_role("finance_clerk"),
    )
