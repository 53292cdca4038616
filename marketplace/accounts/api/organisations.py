"""Organisations, their place in the tree, their bank account."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import schemas
from marketplace.accounts.api.approvals import approval_out
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.models import Organisation
from marketplace.accounts.service import bank_accounts, organisations, places
from marketplace.core.actor import Actor
from marketplace.core.http import (
    Page,
    endpoint,
    needs,
    page_of,
    page_schema,
    require_version,
    set_version,
    signed_in,
)


@blueprint.route("/organisations")
@endpoint(needs("accounts.read"))
@blueprint.arguments(schemas.OrganisationQuery, location="query")
@blueprint.response(200, page_schema(schemas.OrganisationOut))
def list_organisations(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Organisation]:
    """Organisations in the caller's areas, by number."""
    return page_of(
        session,
        organisations.listing(
            actor, kind=args["kind"], area=args["area"], uscc=args["uscc"], named=args["named"]
        ),
        keys=(Organisation.organisation_no,),
        key_of=lambda row: (row.organisation_no,),
        args=args,
    )


@blueprint.route("/organisations", methods=["POST"])
@endpoint(needs("accounts.register"), idempotent=True)
@blueprint.arguments(schemas.OrganisationIn)
@blueprint.response(201, schemas.OrganisationOut)
def register_organisation(session: Session, actor: Actor, body: dict[str, Any]) -> Organisation:
    """Register an organisation."""
    organisation = organisations.register(session, actor, organisations.NewOrganisation(**body))
    set_version(organisation.row_version)
    return organisation


@blueprint.route("/organisations/<uuid:organisation_id>")
@endpoint(signed_in())
@blueprint.response(200, schemas.OrganisationOut)
def get_organisation(session: Session, actor: Actor, organisation_id: uuid.UUID) -> Organisation:
    """An organisation, with its version as ETag."""
    organisation = organisations.get(session, actor, organisation_id)
    set_version(organisation.row_version)
    return organisation


@blueprint.route("/organisations/<uuid:organisation_id>", methods=["PATCH"])
@endpoint(needs("accounts.register"))
@blueprint.arguments(schemas.OrganisationPatch)
@blueprint.response(200, schemas.OrganisationOut)
def amend_organisation(
    session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID
) -> Organisation:
    """Change fields of an organisation; If-Match names the version that was read."""
    present = organisations.get(session, actor, organisation_id)
    require_version(present.row_version)
    organisation = organisations.amend(session, actor, organisation_id, body, present.row_version)
    set_version(organisation.row_version)
    return organisation


@blueprint.route("/organisations/<uuid:organisation_id>/closure", methods=["POST"])
@endpoint(needs("accounts.register"))
@blueprint.arguments(schemas.ClosingReasonIn)
@blueprint.response(200, schemas.OrganisationOut)
def close_organisation(
    session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID
) -> Organisation:
    """Close an organisation (撤销、合并); history keeps it."""
    return organisations.close(session, actor, organisation_id, body["reason"])


@blueprint.route("/organisations/<uuid:organisation_id>/places")
@endpoint(signed_in())
@blueprint.response(200, schemas.TreePlaceListOut)
def list_places(session: Session, actor: Actor, organisation_id: uuid.UUID) -> dict[str, Any]:
    """All versions of an organisation's place in the tree, oldest first."""
    organisation = organisations.get(session, actor, organisation_id)
    return {"items": places.history(session, organisation.id)}


@blueprint.route("/organisations/<uuid:organisation_id>/places", methods=["POST"])
@endpoint(needs("accounts.place"), idempotent=True)
@blueprint.arguments(schemas.TreePlaceIn)
@blueprint.response(201, schemas.TreePlaceOut)
def place_organisation(
    session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID
) -> Any:
    """Put an organisation, with all below it, under a parent from a day on."""
    return places.place(session, actor, organisation_id, body["parent_id"], body["from_day"], body["reason"])


@blueprint.route("/organisations/<uuid:organisation_id>/bank-account")
@endpoint(signed_in())
@blueprint.response(200, schemas.BankAccountOut)
def get_bank_account(session: Session, actor: Actor, organisation_id: uuid.UUID) -> dict[str, Any]:
    """The bank of an organisation and the last four digits of its account."""
    organisation = organisations.get(session, actor, organisation_id)
    return {"bank_name": organisation.bank_name, "bank_account": bank_accounts.masked(organisation)}


@blueprint.route("/organisations/<uuid:organisation_id>/bank-account", methods=["POST"])
@endpoint(needs("accounts.bank"), idempotent=True)
@blueprint.arguments(schemas.BankChangeIn)
@blueprint.response(202, schemas.ApprovalOut)
def ask_bank_change(
    session: Session, actor: Actor, body: dict[str, Any], organisation_id: uuid.UUID
) -> dict[str, Any]:
    """Ask for another bank account; a second person must approve."""
    return approval_out(
        bank_accounts.ask_change(
            session, actor, organisation_id, body["bank_name"], body["bank_account"], body["reason"]
        )
    )
