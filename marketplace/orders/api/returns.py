"""Returns by quantity."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.orders import schemas, service
from marketplace.orders.api.blueprint import blueprint
from marketplace.orders.models import OrderReturn


def _shown(session: Session, row: OrderReturn) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in schemas.ReturnOut().fields if name != "lines"}
    lines = [
        {"line_no": line_no, "quantity": quantity, "amount_fen": amount_fen}
        for line_no, quantity, amount_fen in service.return_picture(session, row)
    ]
    return values | {"lines": lines}


@blueprint.route("/orders/<number>/returns", methods=["POST"])
@endpoint(needs("orders.return"), idempotent=True)
@blueprint.arguments(schemas.ReturnIn)
@blueprint.response(201, schemas.ReturnOut)
def request_return(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Ask to return accepted units; photos of what is wrong may be attached."""
    parts = [service.Part(**row) for row in body["lines"]]
    row = service.request_return(session, actor, number, parts, body["reason"], photos=body["photo_file_ids"])
    return _shown(session, row)


@blueprint.route("/returns")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.ReturnListArgs, location="query")
@blueprint.response(200, page_schema(schemas.ReturnOut))
def list_returns(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Returns, rejections and cancellations of the orders one may see, newest first."""
    page = page_of(
        session,
        service.returns_seen(actor, state=args["state"]),
        keys=[OrderReturn.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )
    return Page([_shown(session, row) for row in page.items], page.next_cursor)


@blueprint.route("/returns/<number>/decision", methods=["POST"])
@endpoint(needs("orders.return_decide"), idempotent=True)
@blueprint.arguments(schemas.DecisionIn)
@blueprint.response(200, schemas.ReturnOut)
def decide(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The producer approves or refuses."""
    row = service.decide_return(session, actor, number, approve=body["approve"], opinion=body["opinion"])
    return _shown(session, row)


@blueprint.route("/returns/<number>/receipt", methods=["POST"])
@endpoint(needs("orders.return_decide"), idempotent=True)
@blueprint.response(200, schemas.ReturnOut)
def receive(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The producer has the goods back; a refund is asked for where money had been paid."""
    return _shown(session, service.receive_return(session, actor, number))


@blueprint.route("/returns/<number>/withdrawal", methods=["POST"])
@endpoint(needs("orders.return"), idempotent=True)
@blueprint.response(200, schemas.ReturnOut)
def withdraw(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The buyer keeps the goods."""
    return _shown(session, service.withdraw_return(session, actor, number))
