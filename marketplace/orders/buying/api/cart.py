"""The cart of who asks, and its favourites."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema
from marketplace.orders.api.checkouts import placed_out
from marketplace.orders.buying.api.blueprint import basket_of, blueprint
from marketplace.orders.buying.models import Favourite
from marketplace.orders.buying.schemas import cart as schemas
from marketplace.orders.buying.service import cart, cart_view, favourites
from marketplace.orders.schemas import CheckoutOut

_QUOTED = ("product_name", "spec", "unit", "channel_kind", "origin_area", "price_fen", "listing_id")
_KEPT = ("quantity", "seen_price_fen", "is_ticked", "added_at")


def _line(shown: cart_view.ShownLine) -> dict[str, Any]:
    return (
        {name: getattr(shown.quote, name) for name in _QUOTED}
        | {name: getattr(shown.line, name) for name in _KEPT}
        | {
            "goods_class": shown.quote.verdict.goods_class,
            "amount_fen": shown.amount_fen,
            "available": max(shown.available, 0),
            "can_be_ordered": shown.can_be_ordered,
            "changes": shown.changes,
        }
    )


def _whole(session: Session, actor: Actor, buyer_id: uuid.UUID | None = None) -> dict[str, Any]:
    found = cart_view.read_cart(session, actor, buyer_id)
    return {
        "blocks": [
            {
                "producer_id": block.producer_id,
                "producer_name": block.producer_name,
                "ticked_fen": block.ticked_fen,
                "lines": [_line(one) for one in block.lines],
            }
            for block in found.blocks
        ],
        "ticked_lines": found.ticked_lines,
        "total_fen": found.total_fen,
        "can_be_ordered": found.can_be_ordered,
        "reserve": found.reserve,
    }


@blueprint.route("/cart")
@endpoint(needs("orders.place"))
@blueprint.arguments(schemas.CartArgs, location="query")
@blueprint.response(200, schemas.CartOut)
def get_cart(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """The cart by supplier, with what changed since each line was put in."""
    return _whole(session, actor, args["buyer_id"])


@blueprint.route("/cart/lines", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.CartLineIn)
@blueprint.response(200, schemas.CartOut)
def put_into_cart(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Put units of a listing into the cart; of one that is in already there are so many more."""
    cart.put(session, actor, body["listing_id"], body["quantity"])
    return _whole(session, actor)


@blueprint.route("/cart/lines/<uuid:listing_id>", methods=["PATCH"])
@endpoint(needs("orders.place"))
@blueprint.arguments(schemas.CartLineChangeIn)
@blueprint.response(200, schemas.CartOut)
def change_cart_line(
    session: Session, actor: Actor, body: dict[str, Any], listing_id: uuid.UUID
) -> dict[str, Any]:
    """Change units or tick, or accept the price of now."""
    cart.change(session, actor, listing_id, **body)
    return _whole(session, actor)


@blueprint.route("/cart/lines/<uuid:listing_id>", methods=["DELETE"])
@endpoint(needs("orders.place"))
@blueprint.response(200, schemas.CartOut)
def take_out_of_cart(session: Session, actor: Actor, listing_id: uuid.UUID) -> dict[str, Any]:
    """Take a line out."""
    cart.remove(session, actor, [listing_id])
    return _whole(session, actor)


@blueprint.route("/cart/ticks", methods=["PUT"])
@endpoint(needs("orders.place"))
@blueprint.arguments(schemas.CartTicksIn)
@blueprint.response(200, schemas.CartOut)
def tick_cart_lines(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Tick or untick several lines at once."""
    cart.tick(session, actor, body["listing_ids"], is_ticked=body["is_ticked"])
    return _whole(session, actor)


@blueprint.route("/cart/checkout", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.CartCheckoutIn)
@blueprint.response(201, CheckoutOut)
def check_out_cart(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Order the ticked lines; they leave the cart. 409 when the cart or a price is not what the buyer saw."""
    basket = basket_of(session, actor, body)
    return placed_out(cart.check_out(session, actor, basket, body["total_fen"]))


@blueprint.route("/favourites")
@endpoint(needs("orders.place"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.FavouriteOut))
def list_favourites(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Listings kept in sight, the last kept first."""
    return page_of(
        session,
        favourites.kept(actor),
        keys=[Favourite.added_at, Favourite.listing_id],
        key_of=lambda row: [row.added_at, row.listing_id],
        args=args,
        descending=True,
        scalars=False,
    )


@blueprint.route("/favourites/<uuid:listing_id>", methods=["PUT"])
@endpoint(needs("orders.place"))
@blueprint.response(204)
def keep_favourite(session: Session, actor: Actor, listing_id: uuid.UUID) -> Response:
    """Keep a listing in sight."""
    favourites.keep(session, actor, listing_id)
    return Response(status=204)


@blueprint.route("/favourites/<uuid:listing_id>", methods=["DELETE"])
@endpoint(needs("orders.place"))
@blueprint.response(204)
def drop_favourite(session: Session, actor: Actor, listing_id: uuid.UUID) -> Response:
    """Keep it no longer."""
    favourites.drop(session, actor, listing_id)
    return Response(status=204)
