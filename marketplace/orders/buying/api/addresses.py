"""Delivery addresses of the organisations that one buys for."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import (
    Page,
    endpoint,
    needs,
    page_of,
    page_schema,
    require_version,
    set_version,
)
from marketplace.orders.buying.api.blueprint import blueprint
from marketplace.orders.buying.models import DeliveryAddress
from marketplace.orders.buying.schemas import places as schemas
from marketplace.orders.buying.service import addresses
from marketplace.orders.schemas import DeliveryArgs, DeliveryOut


@blueprint.route("/delivery-addresses")
@endpoint(needs("orders.place"))
@blueprint.arguments(schemas.DeliveryAddressArgs, location="query")
@blueprint.response(200, page_schema(schemas.DeliveryAddressOut))
def list_addresses(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The addresses, newest first, persons masked."""
    page = page_of(
        session,
        addresses.listing(actor, args["organisation_id"]),
        keys=[DeliveryAddress.created_at, DeliveryAddress.id],
        key_of=lambda row: [row.created_at, row.id],
        args=args,
        descending=True,
    )
    return Page([addresses.masked(row) for row in page.items], page.next_cursor)


@blueprint.route("/delivery-addresses", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.NewDeliveryAddressIn)
@blueprint.response(201, schemas.DeliveryAddressOut)
def add_address(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Keep an address; the first one is the default."""
    return _shown(addresses.add(session, actor, **body))


@blueprint.route("/delivery-addresses/<uuid:address_id>", methods=["PUT"])
@endpoint(needs("orders.place"))
@blueprint.arguments(schemas.DeliveryAddressIn)
@blueprint.response(200, schemas.DeliveryAddressOut)
def edit_address(
    session: Session, actor: Actor, body: dict[str, Any], address_id: uuid.UUID
) -> dict[str, Any]:
    """Write an address anew (If-Match); orders keep theirs."""
    row = addresses.locked(session, actor, address_id)
    require_version(row.row_version)
    return _shown(addresses.edit(session, actor, row, **body))


@blueprint.route("/delivery-addresses/<uuid:address_id>", methods=["DELETE"])
@endpoint(needs("orders.place"))
@blueprint.response(204)
def remove_address(session: Session, actor: Actor, address_id: uuid.UUID) -> Response:
    """Remove an address with its personal values."""
    addresses.remove(session, actor, address_id)
    return Response(status=204)


@blueprint.route("/delivery-addresses/<uuid:address_id>/default", methods=["PUT"])
@endpoint(needs("orders.place"))
@blueprint.response(200, schemas.DeliveryAddressOut)
def make_default(session: Session, actor: Actor, address_id: uuid.UUID) -> dict[str, Any]:
    """Offer this one first."""
    return _shown(addresses.make_default(session, actor, address_id))


@blueprint.route("/delivery-addresses/<uuid:address_id>/personal")
@endpoint(needs("orders.place"))
@blueprint.arguments(DeliveryArgs, location="query")
@blueprint.response(200, DeliveryOut)
def reveal_address(
    session: Session, actor: Actor, args: dict[str, Any], address_id: uuid.UUID
) -> dict[str, str]:
    """The whole address; the look is recorded with its purpose."""
    return addresses.reveal(session, actor, address_id, args["purpose"])


def _shown(row: DeliveryAddress) -> dict[str, Any]:
    set_version(row.row_version)
    return addresses.masked(row)
