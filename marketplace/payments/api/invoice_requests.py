"""Requests for invoices: the buyer's asking, the seller's work list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import InvoiceRequest
from marketplace.payments.schemas import invoices as schemas
from marketplace.payments.service.invoices import requests


def _shown(session: Session, rows: Sequence[InvoiceRequest]) -> list[dict[str, Any]]:
    names = [name for name in schemas.InvoiceRequestOut().fields if name != "order_numbers"]
    covered = requests.orders_of_requests(session, rows)
    return [
        {name: getattr(row, name) for name in names}
        | {"order_numbers": [order.number for order in covered[row.id]]}
        for row in rows
    ]


@blueprint.route("/invoice-requests", methods=["POST"])
@endpoint(needs("payments.invoice_ask"), idempotent=True)
@blueprint.arguments(schemas.InvoiceAskIn)
@blueprint.response(201, schemas.InvoiceRequestOut)
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for one invoice over one or several orders of one seller."""
    row = requests.ask(session, actor, body.pop("order_numbers"), **body)
    return _shown(session, [row])[0]


@blueprint.route("/invoice-requests")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.InvoiceRequestListArgs, location="query")
@blueprint.response(200, page_schema(schemas.InvoiceRequestOut))
def list_requests(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Requests over the orders one may see, oldest first: with `state=requested` what sellers have to issue."""
    page = page_of(
        session,
        requests.requests_seen(actor, state=args["state"]),
        keys=[InvoiceRequest.id],
        key_of=lambda row: [row.id],
        args=args,
    )
    return Page(_shown(session, page.items), page.next_cursor)


@blueprint.route("/invoice-requests/<number>/refusal", methods=["POST"])
@endpoint(needs("payments.invoice"), idempotent=True)
@blueprint.arguments(schemas.InvoiceRefusalIn)
@blueprint.response(200, schemas.InvoiceRequestOut)
def refuse(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The seller does not issue it as asked; the buyer may ask again."""
    return _shown(session, [requests.decline(session, actor, number, body["reason"])])[0]


@blueprint.route("/invoice-requests/<number>/withdrawal", methods=["POST"])
@endpoint(needs("payments.invoice_ask"), idempotent=True)
@blueprint.response(200, schemas.InvoiceRequestOut)
def withdraw(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The buyer no longer asks."""
    return _shown(session, [requests.withdraw(session, actor, number)])[0]
