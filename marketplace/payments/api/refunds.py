"""Money given back, recorded by finance."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.payments import service
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Refund
from marketplace.payments.schemas import refunds as schemas


def _refund(refund: Refund, order_number: str) -> dict[str, Any]:
    names = [name for name in schemas.RefundOut().fields if name != "order_number"]
    return {name: getattr(refund, name) for name in names} | {"order_number": order_number}


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
