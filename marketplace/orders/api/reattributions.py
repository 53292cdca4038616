"""Moving an order from a wrong budget unit to the right one, with the consent of three parties."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.orders import service
from marketplace.orders.api.blueprint import blueprint
from marketplace.orders.models import Reattribution, SalesOrder
from marketplace.orders.rules import REATTRIBUTION_PARTIES
from marketplace.orders.schemas import reattributions as schemas

_ROW = tuple(name for name in schemas.ReattributionOut().fields if name not in {"order_number", "consents"})


def _shown(session: Session, row: Reattribution) -> dict[str, Any]:
    consents = [
        {
            "party": one.party,
            "party_title": REATTRIBUTION_PARTIES[one.party],
            "agreed": one.agreed,
            "opinion": one.opinion,
            "at": one.at,
        }
        for one in service.consents_of(session, row)
    ]
    order = session.get_one(SalesOrder, row.order_id)
    return {name: getattr(row, name) for name in _ROW} | {
        "order_number": order.number,
        "consents": consents,
    }


@blueprint.route("/orders/<number>/reattributions", methods=["POST"])
@endpoint(needs("orders.reattribute"), idempotent=True)
@blueprint.arguments(schemas.ReattributionIn)
@blueprint.response(201, schemas.ReattributionOut)
def request(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Ask to move an order to another budget unit: the old unit, the new one or the buyer may."""
    return _shown(session, service.request_reattribution(session, actor, number, **body))


@blueprint.route("/reattributions")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.ReattributionListArgs, location="query")
@blueprint.response(200, page_schema(schemas.ReattributionOut))
def list_reattributions(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Moves of the orders and units one may see, newest first; `mine=to_consent`: those that wait for one's own word."""
    page = page_of(
        session,
        service.reattributions_seen(actor, state=args["state"], mine=args["mine"]),
        keys=[Reattribution.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )
    return Page([_shown(session, row) for row in page.items], page.next_cursor)


@blueprint.route("/reattributions/<number>")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.ReattributionOut)
def show(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A move and what the parties said."""
    return _shown(session, service.find_reattribution(session, actor, number))


@blueprint.route("/reattributions/<number>/consents", methods=["POST"])
@endpoint(needs("orders.read"), idempotent=True)
@blueprint.arguments(schemas.ConsentIn)
@blueprint.response(201, schemas.ReattributionOut)
def consent(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """One party agrees or refuses, each by another person; the last of three consents moves the order and its ledger entries."""
    return _shown(session, service.consent(session, actor, number, **body))


@blueprint.route("/reattributions/<number>/withdrawal", methods=["POST"])
@endpoint(needs("orders.reattribute"), idempotent=True)
@blueprint.response(200, schemas.ReattributionOut)
def withdraw(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The side that asked no longer does."""
    return _shown(session, service.withdraw_reattribution(session, actor, number))
