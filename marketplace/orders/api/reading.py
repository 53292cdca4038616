"""Reading orders: lists, one order, what is missing for its lines to count."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema, set_version
from marketplace.orders import schemas, service
from marketplace.orders.api.blueprint import blueprint
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.queries import LineStanding

_ROW = tuple(schemas.OrderRowOut().fields)


def shown(session: Session, order: SalesOrder) -> dict[str, Any]:
    """The whole order as it is answered after a step."""
    return _whole(service.picture_of(session, order))


def _whole(picture: service.OrderPicture) -> dict[str, Any]:
    set_version(picture.order.row_version)
    row = {name: getattr(picture.order, name) for name in _ROW}
    return row | {
        "lines": picture.lines,
        "shipments": picture.shipments,
        "returns": picture.returns,
        "evaluation": picture.evaluation,
        "events": picture.events,
        "photos": picture.photos,
    }


def _standing(standing: LineStanding) -> dict[str, Any]:
    line = standing.line
    return {
        "line_id": line.id,
        "line_no": line.line_no,
        "product_name": line.product_name,
        "quantity": standing.units,
        "amount_fen": standing.amount_fen,
        "counting_policy": line.counting_policy,
        "counted_at": line.counted_at,
        "counted_fen": line.counted_fen,
        "missing": [
            {"fact": fact, "title": FACT_TITLES[fact], "actor": actor, "actor_title": ACTOR_TITLES[actor]}
            for fact, actor in standing.missing
        ],
    }


@blueprint.route("/orders")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.OrderListArgs, location="query")
@blueprint.response(200, page_schema(schemas.OrderRowOut))
def list_orders(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The orders one may see, newest first."""
    return page_of(
        session,
        service.orders_seen(actor, state=args["state"], payment_state=args["payment_state"]),
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=args,
        descending=True,
    )


@blueprint.route("/orders/<number>")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.OrderOut)
def get_order(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """One order with its lines, parcels, returns and history."""
    return _whole(service.picture(session, actor, number))


@blueprint.route("/orders/<number>/attribution")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.AttributionOut)
def attribution(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The ledger entries of the order's lines, and what is still missing for them to count."""
    order, standings, entries = service.attribution_of(session, actor, number)
    return {
        "number": order.number,
        "sold_at": order.sold_at,
        "counted_at": order.counted_at,
        "lines": [_standing(standing) for standing in standings],
        "entries": entries,
    }


@blueprint.route("/orders/<number>/delivery-address")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.DeliveryArgs, location="query")
@blueprint.response(200, schemas.DeliveryOut)
def delivery_address(session: Session, actor: Actor, args: dict[str, Any], number: str) -> dict[str, str]:
    """Where the goods go, for the two sides of the order; the look is recorded with its purpose."""
    return service.delivery_address(session, actor, number, args["purpose"])


@blueprint.route("/uncounted-lines")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.UncountedArgs, location="query")
@blueprint.response(200, page_schema(schemas.UncountedOut))
def uncounted(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The work list: lines that do not count yet, oldest order first, with what is missing and who must act."""
    page = page_of(
        session,
        service.uncounted_orders(actor),
        keys=[SalesOrder.order_no],
        key_of=lambda order: [order.order_no],
        args=args,
    )
    rows = [
        _standing(standing)
        | {
            "order_number": order.number,
            "producer_name": order.producer_name,
            "buyer_name": order.buyer_name,
            "state": order.state,
            "payment_state": order.payment_state,
        }
        for order, standing in service.standings(session, page.items)
        if args["actor"] is None or any(who == args["actor"] for _, who in standing.missing)
        if args["fact"] is None or any(fact == args["fact"] for fact, _ in standing.missing)
    ]
    return Page(rows, page.next_cursor)
