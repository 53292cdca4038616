"""The producers' own accounts with the gateway, proposed by one person and put in force by another."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.core.http.paging import PageArgs
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import GatewayAccount
from marketplace.payments.schemas import online as schemas
from marketplace.payments.service import gateway_accounts as service


@blueprint.route("/gateway-accounts", methods=["POST"])
@endpoint(needs("payments.gateway_accounts"), idempotent=True)
@blueprint.arguments(schemas.GatewayAccountIn)
@blueprint.response(201, schemas.GatewayAccountOut)
def propose(session: Session, actor: Actor, body: dict[str, Any]) -> GatewayAccount:
    """Say which account a producer has with the gateway; used once another person has confirmed it."""
    return service.propose_account(session, actor, **body)


@blueprint.route("/gateway-accounts/<uuid:account_id>/decision", methods=["POST"])
@endpoint(needs("payments.gateway_accounts"), idempotent=True)
@blueprint.arguments(schemas.GatewayAccountDecisionIn)
@blueprint.response(200, schemas.GatewayAccountOut)
def decide(session: Session, actor: Actor, body: dict[str, Any], account_id: uuid.UUID) -> GatewayAccount:
    """Another person puts the account in force, and ends the one before it; or drops it."""
    return service.decide_account(session, actor, account_id, approve=body["approve"])


@blueprint.route("/gateway-accounts")
@endpoint(needs("payments.gateway_accounts"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.GatewayAccountOut))
def list_accounts(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """All accounts, newest first."""
    return page_of(
        session,
        service.accounts_seen(),
        keys=[GatewayAccount.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )
