"""Gifts to many addresses: ordered, listed, shipped and delivered by parcel."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.http import Page, endpoint, file_response, needs, page_of, page_schema
from marketplace.orders.api.checkouts import placed_out
from marketplace.orders.buying.api.blueprint import basket_of, blueprint
from marketplace.orders.buying.api.plans import refuse_rows
from marketplace.orders.buying.models import Parcel
from marketplace.orders.buying.schemas import gift as schemas
from marketplace.orders.buying.service import gift_files, gifts, parcels
from marketplace.orders.models import SalesOrder
from marketplace.orders.schemas import CheckoutOut

_PERSON = ("name", "telephone", "area", "address")


@blueprint.route("/gift-checkouts", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.GiftCheckoutIn)
@blueprint.response(201, CheckoutOut)
def check_out_gifts(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Order for many recipients; each producer's order carries its parcels."""
    basket = basket_of(session, actor, body)
    prices = {row["listing_id"]: row["unit_price_fen"] for row in body["prices"]}
    recipients = [_recipient(position, row) for position, row in enumerate(body["recipients"])]
    return placed_out(gifts.place_gifts(session, actor, basket, prices, recipients))


def _recipient(position: int, row: dict[str, Any]) -> gifts.Recipient:
    quantities = {one["listing_id"]: one["quantity"] for one in row["units"]}
    if len(quantities) != len(row["units"]):
        raise Invalid("listing_repeated", "同一商品只能出现一行", pointer=f"/recipients/{position}/units")
    return gifts.Recipient(**{name: row[name] for name in _PERSON}, quantities=quantities)


@blueprint.route("/gift-recipients", methods=["POST"])
@endpoint(needs("orders.place"))
@blueprint.arguments(schemas.RecipientFileIn, location="files")
@blueprint.arguments(schemas.RecipientFormIn, location="form")
@blueprint.response(200, schemas.RecipientsOut)
def read_recipients(
    session: Session, actor: Actor, uploaded: dict[str, Any], form: dict[str, Any]
) -> dict[str, Any]:
    """Read recipients from a file for a checkout; nothing is kept, bad cells are told by row and column."""
    del session, actor
    listings = [_listing(text) for text in form["listing_ids"].split(",")]
    found, errors = gift_files.read_recipients(uploaded["file"].read(), listings)
    refuse_rows(errors)
    return {
        "recipients": [
            {name: getattr(one, name) for name in _PERSON}
            | {"units": [{"listing_id": key, "quantity": n} for key, n in one.quantities.items()]}
            for one in found
        ]
    }


def _listing(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Invalid("unknown_listing", "没有这个上架商品", pointer="/listing_ids") from error


@blueprint.route("/gift-orders/<number>/parcels")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.ParcelArgs, location="query")
@blueprint.response(200, page_schema(schemas.ParcelOut))
def list_parcels(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Page[Any]:
    """The parcels of an order in their order, persons masked."""
    order, statement = parcels.parcels_of(session, actor, number)
    page = page_of(
        session,
        statement,
        keys=[Parcel.parcel_no],
        key_of=lambda row: [row[0].parcel_no],
        args=args,
        scalars=False,
    )
    rows = [(row[0], row[1]) for row in page.items]
    return Page(parcels.shown(session, order, rows), page.next_cursor)


@blueprint.route("/gift-orders/<number>/parcels/file")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.ParcelFileArgs, location="query")
@blueprint.response(200, content_type="application/octet-stream")
def download_parcels(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Response:
    """The parcels with persons in full, for the two sides of the order; the download is recorded with its purpose."""
    body = parcels.parcel_file(session, actor, number, args["format"], args["purpose"])
    return file_response(args["format"], body, f"parcels-{number}")


@blueprint.route("/gift-orders/<number>/parcels/shipment", methods=["POST"])
@endpoint(needs("orders.fulfil"), idempotent=True)
@blueprint.arguments(schemas.ParcelShipmentIn)
@blueprint.response(200, schemas.GiftOrderOut)
def ship_parcels(session: Session, actor: Actor, body: dict[str, Any], number: str) -> SalesOrder:
    """Ship parcels, each as a shipment of its own."""
    sendings = [parcels.Sending(**row) for row in body["parcels"]]
    return parcels.ship_parcels(session, actor, number, sendings)


@blueprint.route("/gift-orders/<number>/parcels/<int:parcel_no>/delivery", methods=["POST"])
@endpoint(needs("orders.read"), idempotent=True)
@blueprint.response(200, schemas.GiftOrderOut)
def deliver_parcel(session: Session, actor: Actor, number: str, parcel_no: int) -> SalesOrder:
    """One parcel has arrived; the order has when all have."""
    return parcels.deliver_parcel(session, actor, number, parcel_no)
