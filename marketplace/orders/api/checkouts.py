"""Placing orders."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.orders import schemas
from marketplace.orders.api.blueprint import blueprint
from marketplace.orders.service import Basket, Placed, Wanted, place


@blueprint.route("/checkouts", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.CheckoutIn)
@blueprint.response(201, schemas.CheckoutOut)
def checkout(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Place one order per producer. A price that differs from the listing's is 409, and nothing is placed."""
    deliver_to = dict(body.pop("deliver_to"))
    lines = [Wanted(**line) for line in body.pop("lines")]
    basket = Basket(lines=lines, delivery_area=deliver_to["area"], deliver_to=deliver_to, **body)
    placed = place(session, actor, basket)
    return placed_out(placed)


def placed_out(placed: Placed) -> dict[str, Any]:
    """A checkout as it is answered."""
    return {
        "number": placed.number,
        "total_fen": placed.total_fen,
        "placed_at": placed.placed_at,
        "warnings": placed.warnings,
        "orders": [
            order | {"lines": [line for line in placed.lines if line["order_id"] == order["id"]]}
            for order in placed.orders
        ],
    }
