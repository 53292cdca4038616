"""Stock at its places."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue import schemas
from marketplace.catalogue.api.blueprint import blueprint
from marketplace.catalogue.models import StockItem
from marketplace.catalogue.service import places, queries
from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs


@blueprint.route("/stock")
@endpoint(needs("catalogue.list"))
@blueprint.arguments(schemas.StockArgs, location="query")
@blueprint.response(200, schemas.StockListOut)
def list_stock(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """An offer's units at the places that I look after."""
    return {"items": queries.stock_of(session, actor, args["offer_id"])}


@blueprint.route("/stock-movements", methods=["POST"])
@endpoint(needs("catalogue.list"), idempotent=True)
@blueprint.arguments(schemas.MovementIn)
@blueprint.response(201, schemas.StockOut)
def move_stock(session: Session, actor: Actor, body: dict[str, Any]) -> StockItem:
    """Record an arrival or a stock-taking."""
    return places.move_by_hand(session, actor, **body)
