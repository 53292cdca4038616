"""Accounts of a unit and what is below it: the unit's manager's routes."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.models import Account, Grant
from marketplace.accounts.schemas import unit_people as schemas
from marketplace.accounts.schemas.people import AccountOpenedOut
from marketplace.accounts.service import unit_people
from marketplace.accounts.service.people import OpenedAccount
from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema


@blueprint.route("/unit-accounts")
@endpoint(needs("accounts.unit_people"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.UnitAccountOut))
def list_unit_accounts(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The buying accounts of the units that one manages."""
    return page_of(
        session,
        unit_people.unit_accounts(session, actor),
        keys=[Account.id, Grant.id],
        key_of=lambda row: [row.id, row.grant_id],
        args=args,
        scalars=False,
    )


@blueprint.route("/unit-accounts", methods=["POST"])
@endpoint(needs("accounts.unit_people"))
@blueprint.arguments(schemas.UnitAccountIn)
@blueprint.response(201, AccountOpenedOut)
def open_unit_account(session: Session, actor: Actor, body: dict[str, Any]) -> OpenedAccount:
    """Open an account of a unit; its password is in this answer and nowhere else (so it is not kept for repeated requests)."""
    return unit_people.open_unit_account(session, actor, body.pop("organisation_id"), **body)


@blueprint.route("/unit-accounts/<uuid:account_id>/disabling", methods=["POST"])
@endpoint(needs("accounts.unit_people"))
@blueprint.response(204)
def disable_unit_account(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """Disable an account of a unit; its sessions and tokens are dead at once."""
    unit_people.disable_unit_account(session, actor, account_id)
    return Response(status=204)


@blueprint.route("/unit-accounts/<uuid:account_id>/enabling", methods=["POST"])
@endpoint(needs("accounts.unit_people"))
@blueprint.response(204)
def enable_unit_account(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """Enable a disabled account of a unit."""
    unit_people.enable_unit_account(session, actor, account_id)
    return Response(status=204)


@blueprint.route("/unit-accounts/<uuid:account_id>/password-reset", methods=["POST"])
@endpoint(needs("accounts.unit_people"))
@blueprint.response(200, AccountOpenedOut)
def reset_unit_password(session: Session, actor: Actor, account_id: uuid.UUID) -> OpenedAccount:
    """Replace a forgotten password by a random one, shown once."""
    return unit_people.reset_unit_password(session, actor, account_id)
