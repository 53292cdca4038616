"""Money received and given back, recorded by finance."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.http import ApiBlueprint, Page, endpoint, needs, page_of, page_schema
from marketplace.orders.models import SalesOrder
from marketplace.payments import overdue, schemas, service
from marketplace.payments.models import Payment, Refund

blueprint = ApiBlueprint("payments", __name__, "到账登记、退款、开票")


def _refund(refund: Refund, order_number: str) -> dict[str, Any]:
    names = [name for name in schemas.RefundOut().fields if name != "order_number"]
    return {name: getattr(refund, name) for name in names} | {"order_number": order_number}


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


@blueprint.route("/refunds")
@endpoint(needs("payments.read"))
@blueprint.arguments(schemas.RefundListArgs, location="query")
@blueprint.response(200, page_schema(schemas.RefundOut))
def list_refunds(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Refunds of the orders one may see, newest first."""
    page = page_of(
        session,
        service.refunds_seen(actor, state=args["state"], order_number=args["order_number"]),
        keys=[Refund.id],
        key_of=lambda row: [row.Refund.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([_refund(row.Refund, row.order_number) for row in page.items], page.next_cursor)


@blueprint.route("/refunds/<number>/confirmation", methods=["POST"])
@endpoint(needs("payments.refund"), idempotent=True)
@blueprint.arguments(schemas.RefundConfirmIn)
@blueprint.response(200, schemas.RefundOut)
def confirm(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The money is back with the buyer: counted sales are reversed now, in this month."""
    refund, order_number = service.confirm_refund(session, actor, number, reference=body["reference"])
    return _refund(refund, order_number)


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
