"""People, accounts and roles: the security administrator's routes."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts import schemas
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.models import Account, Grant, Person
from marketplace.accounts.service import directory, grants, people
from marketplace.accounts.service.people import OpenedAccount
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, filters_of, needs, page_of, page_schema


@blueprint.route("/people", methods=["POST"])
@endpoint(needs("accounts.people"), idempotent=True)
@blueprint.arguments(schemas.ClerkIn)
@blueprint.response(201, schemas.ClerkOut)
def add_person(session: Session, actor: Actor, body: dict[str, Any]) -> Person:
    """Add a person by job name; phone and mail are encrypted and not shown again."""
    return people.add_person(session, actor, body["display_name"], phone=body["phone"], mail=body["mail"])


@blueprint.route("/accounts")
@endpoint(needs("accounts.people"))
@blueprint.arguments(schemas.AccountQuery, location="query")
@blueprint.response(200, page_schema(schemas.AccountRowOut))
def list_accounts(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The accounts that one administers, by id."""
    filters = filters_of(args)
    page = page_of(
        session,
        directory.accounts_seen(actor, **filters),
        keys=(Account.id,),
        key_of=lambda row: (row.Account.id,),
        args=args,
        scalars=False,
    )
    names = ("id", "person_id", "organisation_id", "login", "opened_by_unit", "status")
    return Page(
        [
            {name: getattr(row.Account, name) for name in names}
            | {"display_name": row.display_name, "organisation_name": row.organisation_name}
            for row in page.items
        ],
        page.next_cursor,
    )


@blueprint.route("/people/<uuid:person_id>/accounts", methods=["POST"])
@endpoint(needs("accounts.people"))
@blueprint.arguments(schemas.AccountIn)
@blueprint.response(201, schemas.AccountOpenedOut)
def open_account(session: Session, actor: Actor, body: dict[str, Any], person_id: uuid.UUID) -> OpenedAccount:
    """Open an account; its password is in this answer and nowhere else (so it is not kept for repeated requests)."""
    return people.open_account(
        session,
        actor,
        person_id,
        body["login"],
        organisation_id=body["organisation_id"],
        opened_by_unit=body["opened_by_unit"],
    )


@blueprint.route("/accounts/<uuid:account_id>/password-reset", methods=["POST"])
@endpoint(needs("accounts.people"))
@blueprint.response(200, schemas.AccountOpenedOut)
def reset_password(session: Session, actor: Actor, account_id: uuid.UUID) -> OpenedAccount:
    """Replace a forgotten password by a random one, shown once."""
    return people.reset_password(session, actor, account_id)


@blueprint.route("/accounts/<uuid:account_id>/disabling", methods=["POST"])
@endpoint(needs("accounts.people"))
@blueprint.response(204)
def disable_account(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """Disable an account; its sessions and tokens are dead at once."""
    people.disable(session, actor, account_id)
    return Response(status=204)


@blueprint.route("/accounts/<uuid:account_id>/enabling", methods=["POST"])
@endpoint(needs("accounts.people"))
@blueprint.response(204)
def enable_account(session: Session, actor: Actor, account_id: uuid.UUID) -> Response:
    """Enable a disabled account."""
    people.enable(session, actor, account_id)
    return Response(status=204)


@blueprint.route("/accounts/<uuid:account_id>/grants")
@endpoint(needs("accounts.grant"))
@blueprint.response(200, schemas.GrantListOut)
def list_grants(session: Session, actor: Actor, account_id: uuid.UUID) -> dict[str, Any]:
    """All roles of an account, ended ones too."""
    return {"items": grants.of_account(session, actor, account_id)}


@blueprint.route("/accounts/<uuid:account_id>/grants", methods=["POST"])
@endpoint(needs("accounts.grant"), idempotent=True)
@blueprint.arguments(schemas.GrantIn)
@blueprint.response(201, schemas.GrantOut)
def grant_role(session: Session, actor: Actor, body: dict[str, Any], account_id: uuid.UUID) -> Grant:
    """Grant a role over an area or for an organisation."""
    return grants.grant(session, actor, account_id, body["role"], body["area_code"], body["organisation_id"])


@blueprint.route("/grants/<uuid:grant_id>/end", methods=["POST"])
@endpoint(needs("accounts.grant"))
@blueprint.arguments(schemas.ClosingReasonIn)
@blueprint.response(204)
def end_grant(session: Session, actor: Actor, body: dict[str, Any], grant_id: uuid.UUID) -> Response:
    """End a role at once; it stays in the history."""
    grants.end(session, actor, grant_id, body["reason"])
    return Response(status=204)
