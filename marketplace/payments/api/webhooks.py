"""Messages of the gateway. Nobody signs in: the signature over the raw bytes says who sent them, and when."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import TooLarge
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema, public
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import GatewayEvent
from marketplace.payments.schemas import online as schemas
from marketplace.payments.service.gateway_events import receive

#: Larger than any message of the gateway.
MOST_BYTES = 512 * 1024


def _raw() -> bytes:
    """The bytes as they came, before anything parses them. TooLarge above what the gateway sends."""
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge()
    return request.get_data(cache=False)


@blueprint.route("/webhooks/stripe", methods=["POST"])
@endpoint(public(), own_transactions=True)
@blueprint.response(200, schemas.ReceivedOut)
def stripe_webhook(actor: None) -> dict[str, str]:
    """Take in a message of Stripe: signed, not older or newer than five minutes, each once. Answered after the commit."""
    return {"state": receive(_raw(), request.headers.get("Stripe-Signature", ""))}


@blueprint.route("/gateway-events")
@endpoint(needs("payments.gateway_accounts"))
@blueprint.arguments(schemas.GatewayEventArgs, location="query")
@blueprint.response(200, page_schema(schemas.GatewayEventOut))
def list_events(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The gateway's messages, newest first; the parked ones with how long they have been waiting."""
    statement = select(GatewayEvent)
    if args["state"] is not None:
        statement = statement.where(GatewayEvent.state == args["state"])
    page = page_of(
        session,
        statement,
        keys=[GatewayEvent.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )
    return Page([_shown(row) for row in page.items], page.next_cursor)


def _shown(row: GatewayEvent) -> dict[str, Any]:
    names = [name for name in schemas.GatewayEventOut().fields if name != "waiting_seconds"]
    waiting = int((utcnow() - row.received_at).total_seconds()) if row.state == "parked" else None
    return {name: getattr(row, name) for name in names} | {"waiting_seconds": waiting}
