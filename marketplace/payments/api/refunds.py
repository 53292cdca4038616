"""Money given back, recorded by finance."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.payments import service
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Refund
from marketplace.payments.rules.refunds import TODO, todo_of
from marketplace.payments.schemas import refunds as schemas
from marketplace.payments.service.refund_again import refund_again


def _refund(refund: Refund, order_number: str, *, is_replaced: bool = False) -> dict[str, Any]:
    added = {"order_number", "todo", "todo_text"}
    todo = todo_of(
        refund.state,
        is_bounced=refund.bounced_at is not None,
        is_replaced=is_replaced,
        is_queued=refund.next_try_at is not None,
    )
    return {name: getattr(refund, name) for name in set(schemas.RefundOut().fields) - added} | {
        "order_number": order_number,
        "todo": todo,
        "todo_text": TODO.get(todo or ""),
    }


@blueprint.route("/refunds")
@endpoint(needs("payments.read"))
@blueprint.arguments(schemas.RefundListArgs, location="query")
@blueprint.response(200, page_schema(schemas.RefundOut))
def list_refunds(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Refunds of the orders one may see, newest first; `todo` lists those about which people are to do something."""
    page = page_of(
        session,
        service.refunds_seen(
            actor, state=args["state"], order_number=args["order_number"], todo=args["todo"]
        ),
        keys=[Refund.id],
        key_of=lambda row: [row.Refund.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page(
        [_refund(row.Refund, row.order_number, is_replaced=row.is_replaced) for row in page.items],
        page.next_cursor,
    )


@blueprint.route("/refunds/<number>/confirmation", methods=["POST"])
@endpoint(needs("payments.refund"), idempotent=True)
@blueprint.arguments(schemas.RefundConfirmIn)
@blueprint.response(200, schemas.RefundOut)
def confirm(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The money is back with the buyer: counted sales are reversed now, in this month."""
    refund, order_number = service.confirm_refund(session, actor, number, reference=body["reference"])
    return _refund(refund, order_number)


@blueprint.route("/refunds/<number>/again", methods=["POST"])
@endpoint(needs("payments.refund"), idempotent=True)
@blueprint.arguments(schemas.RefundAgainIn)
@blueprint.response(201, schemas.RefundOut)
def again(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Another refund in the place of one that the gateway did not make: asked of it under a new key, or paid by bank."""
    return _refund(*refund_again(session, actor, number, way=body["way"]))
