"""Listings: browsing, putting up for sale, prices, states."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.catalogue import schemas
from marketplace.catalogue.api.blueprint import blueprint
from marketplace.catalogue.service import browse, listings, prices, queries
from marketplace.core.actor import Actor
from marketplace.core.db import reading
from marketplace.core.errors import BadRequest
from marketplace.core.http import endpoint, needs, public, set_version
from marketplace.core.http.paging import make_cursor, open_cursor


@blueprint.route("/listings")
@endpoint(public(), own_transactions=True)
@blueprint.arguments(schemas.BrowseArgs, location="query")
@blueprint.response(200, schemas.ListingPage)
def browse_listings(actor: Actor | None, args: dict[str, Any]) -> Response:
    """What is for sale, by channel, category, origin, aid and price; the items' JSON comes from the database as it is."""
    scope = f"listings{args['sort']}"
    size, cursor = args.pop("page_size"), args.pop("cursor")
    after = open_cursor(cursor, scope) if cursor else None
    if after is not None and len(after) != 2:
        raise BadRequest("cursor", "翻页游标无效")
    question = browse.Question(size=size, after=(after[0], after[1]) if after else None, **args)
    with reading() as connection:
        found = browse.browse(connection, question)
    cursor = f'"{make_cursor(found.last, scope)}"' if found.last else "null"
    return Response(f'{{"items":[{found.items_json}],"next_cursor":{cursor}}}', mimetype="application/json")


@blueprint.route("/listings", methods=["POST"])
@endpoint(needs("catalogue.list"), idempotent=True)
@blueprint.arguments(schemas.ListingIn)
@blueprint.response(201, schemas.ListingDetailOut)
def list_offer(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Put an offer up for sale; what does not qualify as aid is listed without the name and with the reason."""
    listing = listings.list_offer_in(session, actor, body["channel_id"], body["offer_id"], body["price_fen"])
    set_version(listing.row_version)
    return queries.listing_detail(session, listing.id)


@blueprint.route("/listings/<uuid:listing_id>")
@endpoint(public())
@blueprint.response(200, schemas.ListingDetailOut)
def show_listing(session: Session, actor: Actor | None, listing_id: uuid.UUID) -> dict[str, Any]:
    """A listing as it stands today."""
    shown = queries.listing_detail(session, listing_id)
    set_version(shown["row_version"])
    return shown


@blueprint.route("/listings/<uuid:listing_id>/prices")
@endpoint(public())
@blueprint.response(200, schemas.PriceHistoryOut)
def price_history(session: Session, actor: Actor | None, listing_id: uuid.UUID) -> dict[str, Any]:
    """Every price the listing had."""
    listings.get_listing(session, listing_id)
    return {"items": prices.history(session, listing_id)}


@blueprint.route("/listings/<uuid:listing_id>/price", methods=["POST"])
@endpoint(needs("catalogue.list"), idempotent=True)
@blueprint.arguments(schemas.PriceIn)
@blueprint.response(200, schemas.ListingDetailOut)
def set_price(session: Session, actor: Actor, body: dict[str, Any], listing_id: uuid.UUID) -> dict[str, Any]:
    """Change the price from now on, for its whole price group."""
    listing = listings.get_listing(session, listing_id)
    listings.require_listing(session, actor, listing)
    prices.set_price(session, actor, listing, body["price_fen"], body["reason"])
    return queries.listing_detail(session, listing_id)


@blueprint.route("/listings/<uuid:listing_id>/state", methods=["POST"])
@endpoint(needs("catalogue.list"), idempotent=True)
@blueprint.arguments(schemas.StateIn)
@blueprint.response(200, schemas.ListingDetailOut)
def change_state(
    session: Session, actor: Actor, body: dict[str, Any], listing_id: uuid.UUID
) -> dict[str, Any]:
    """Pause, resume or take down."""
    listing = listings.get_listing(session, listing_id)
    listings.require_listing(session, actor, listing)
    listings.change_state(session, actor, listing, body["state"], body["reason"])
    return queries.listing_detail(session, listing_id)
