"""The steps of an order, each a POST on a noun: the step, or 409 with the reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.orders import schemas, service
from marketplace.orders.api.blueprint import blueprint
from marketplace.orders.api.reading import shown


def parts_of(rows: list[dict[str, Any]] | None) -> list[service.Part] | None:
    """The parts of a request; None when it names none."""
    return None if rows is None else [service.Part(**row) for row in rows]


@blueprint.route("/orders/<number>/confirmation", methods=["POST"])
@endpoint(needs("orders.fulfil"), idempotent=True)
@blueprint.response(200, schemas.OrderOut)
def confirm(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The producer takes the order."""
    return shown(session, service.confirm(session, actor, number))


@blueprint.route("/orders/<number>/shipment", methods=["POST"])
@endpoint(needs("orders.fulfil"), idempotent=True)
@blueprint.arguments(schemas.ShipmentIn)
@blueprint.response(200, schemas.OrderOut)
def ship(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Ship everything that is left, or part of it. 先款后货 ships only when it is paid."""
    order = service.ship(
        session,
        actor,
        number,
        parts=parts_of(body.get("lines")),
        carrier=body.get("carrier"),
        tracking_no=body.get("tracking_no"),
    )
    return shown(session, order)


@blueprint.route("/orders/<number>/delivery", methods=["POST"])
@endpoint(needs("orders.read"), idempotent=True)
@blueprint.response(200, schemas.OrderOut)
def deliver(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The goods have arrived; whoever fulfils or accepts the order may say so."""
    return shown(session, service.deliver(session, actor, number))


@blueprint.route("/orders/<number>/acceptance", methods=["POST"])
@endpoint(needs("orders.accept"), idempotent=True)
@blueprint.arguments(schemas.AcceptanceIn)
@blueprint.response(200, schemas.OrderOut)
def accept(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The buyer has inspected the goods; what is not rejected is accepted. Photos of what arrived may be attached."""
    rejected = service.rejected_of(body)
    return shown(session, service.accept(session, actor, number, rejected, body["photo_file_ids"]))


@blueprint.route("/orders/<number>/evaluation", methods=["POST"])
@endpoint(needs("orders.accept"), idempotent=True)
@blueprint.arguments(schemas.EvaluationIn)
@blueprint.response(200, schemas.OrderOut)
def evaluate(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The buyer's evaluation, once. 832 sales count only with it."""
    order = service.evaluate(session, actor, number, stars=body["stars"], comment=body.get("comment"))
    return shown(session, order)


@blueprint.route("/orders/<number>/cancellation", methods=["POST"])
@endpoint(needs("orders.cancel"), idempotent=True)
@blueprint.arguments(schemas.CancellationIn)
@blueprint.response(200, schemas.OrderOut)
def cancel(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Call an order off before anything is shipped; stock comes back, money that was paid must go back."""
    return shown(session, service.cancel(session, actor, number, body["reason"]))


@blueprint.route("/orders/<number>/shortfall", methods=["POST"])
@endpoint(needs("orders.fulfil"), idempotent=True)
@blueprint.arguments(schemas.CancellationIn)
@blueprint.response(200, schemas.OrderOut)
def declare_shortfall(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """What is left of a partly shipped order will not come; its stock and money go back."""
    return shown(session, service.declare_shortfall(session, actor, number, body["reason"]))


@blueprint.route("/orders/<number>/extension", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.response(200, schemas.OrderOut)
def extend(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Put the payment day of a prepaid order off by 15 days, once."""
    return shown(session, service.extend_deadline(session, actor, number))
