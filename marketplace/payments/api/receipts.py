"""Money received, recorded by finance, and what is overdue."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.orders.models import SalesOrder
from marketplace.payments import service
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Payment
from marketplace.payments.schemas import receipts as schemas
from marketplace.payments.service import overdue


@blueprint.route("/payments", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.TransferIn)
@blueprint.response(201, schemas.PaymentOut)
def record(session: Session, actor: Actor, body: dict[str, Any]) -> Payment:
    """Record a bank transfer against an order; never more than is due, the same bank line once."""
    return service.record_transfer(session, actor, body.pop("order_number"), **body)


@blueprint.route("/orders/<number>/payments")
@endpoint(needs("payments.read"))
@blueprint.response(200, schemas.PaymentListOut)
def of_order(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The payments of an order."""
    return {"items": service.payments_of(session, actor, number)}


@blueprint.route("/payments/overdue")
@endpoint(needs("payments.read"))
@blueprint.arguments(schemas.OverdueArgs, location="query")
@blueprint.response(200, page_schema(schemas.OverdueOut))
def list_overdue(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The work list of overdue payments, the longest overdue first, with days and the statutory interest to date."""
    area = None if args["area"] is None else divisions.get(args["area"]).code
    page = page_of(
        session,
        overdue.overdue_orders(actor, area=area),
        keys=[SalesOrder.due_on, SalesOrder.order_no],
        key_of=lambda order: [order.due_on, order.order_no],
        args=args,
    )
    return Page([overdue.overdue_of(order) for order in page.items], page.next_cursor)
