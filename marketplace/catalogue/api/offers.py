"""Offers of producers and their agents."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.catalogue import schemas
from marketplace.catalogue.api.blueprint import blueprint
from marketplace.catalogue.models import Offer
from marketplace.catalogue.service import offers, queries
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema, require_version, set_version


@blueprint.route("/offers")
@endpoint(needs("catalogue.offer"))
@blueprint.arguments(schemas.OfferArgs, location="query")
@blueprint.response(200, page_schema(schemas.OfferOut))
def list_offers(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Offer]:
    """Offers that I look after."""
    statement = queries.offers_visible(actor, args["product_id"])
    return page_of(session, statement, keys=[Offer.offer_no], key_of=lambda row: [row.offer_no], args=args)


@blueprint.route("/offers", methods=["POST"])
@endpoint(needs("catalogue.offer"), idempotent=True)
@blueprint.arguments(schemas.OfferIn)
@blueprint.response(201, schemas.OfferOut)
def make_offer(session: Session, actor: Actor, body: dict[str, Any]) -> Offer:
    """Offer a product for sale."""
    offer = offers.make_offer(session, actor, offers.NewOffer(**body))
    set_version(offer.row_version)
    return offer


@blueprint.route("/offers/<uuid:offer_id>")
@endpoint(needs("catalogue.offer"))
@blueprint.response(200, schemas.OfferOut)
def show_offer(session: Session, actor: Actor, offer_id: uuid.UUID) -> Offer:
    """An offer that I look after."""
    offer = offers.visible_offer(session, actor, offer_id)
    set_version(offer.row_version)
    return offer


@blueprint.route("/offers/<uuid:offer_id>", methods=["PATCH"])
@endpoint(needs("catalogue.offer"))
@blueprint.arguments(schemas.OfferChangeIn)
@blueprint.response(200, schemas.OfferOut)
def amend_offer(session: Session, actor: Actor, body: dict[str, Any], offer_id: uuid.UUID) -> Offer:
    """Change title, asking price or tax treatment; If-Match names the version."""
    offer = offers.visible_offer(session, actor, offer_id, lock=True)
    require_version(offer.row_version)
    offers.amend_offer(session, actor, offer, body)
    set_version(offer.row_version)
    return offer


@blueprint.route("/offers/<uuid:offer_id>/withdrawal", methods=["POST"])
@endpoint(needs("catalogue.offer"), idempotent=True)
@blueprint.response(200, schemas.OfferOut)
def withdraw_offer(session: Session, actor: Actor, offer_id: uuid.UUID) -> Offer:
    """End an offer that is listed nowhere."""
    offer = offers.visible_offer(session, actor, offer_id, lock=True)
    return offers.withdraw_offer(session, actor, offer)
