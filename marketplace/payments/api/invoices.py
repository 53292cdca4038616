"""The seller's invoice for an order."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.payments import service
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.schemas import invoices as schemas


@blueprint.route("/orders/<number>/invoice", methods=["POST"])
@endpoint(needs("payments.invoice"), idempotent=True)
@blueprint.arguments(schemas.InvoiceIn)
@blueprint.response(200, schemas.InvoiceOut)
def invoice(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The seller's invoice for an order was issued."""
    order = service.record_invoice(session, actor, number, invoiced_at=body["invoiced_at"])
    return {
        "order_number": order.number,
        "invoice_state": order.invoice_state,
        "invoiced_at": order.invoiced_at,
    }
