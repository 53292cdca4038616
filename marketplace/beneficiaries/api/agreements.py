"""Linkage agreements: modes, agreements, versions and what is decided about them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.beneficiaries import schemas
from marketplace.beneficiaries.api.blueprint import blueprint
from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.beneficiaries.models import Agreement, AgreementVersion, Household
from marketplace.beneficiaries.service import (
    NewVersion,
    approve_version,
    create_agreement,
    draft_version,
    end_version,
    lists,
    masked,
    refuse_version,
    submit_version,
)
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema, public


@blueprint.route("/linkage-modes")
@endpoint(public())
@blueprint.response(200, schemas.ModesOut)
def list_modes(session: Session, actor: Actor | None) -> dict[str, Any]:
    """The linkage modes with example terms and their formula in words."""
    return {"items": LINKAGE_MODES}


@blueprint.route("/agreements")
@endpoint(needs("agreements.read"))
@blueprint.arguments(schemas.AgreementListArgs, location="query")
@blueprint.response(200, page_schema(schemas.AgreementOut))
def list_agreements(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Agreements of the own area or organisation."""
    statement = lists.agreements(
        actor,
        area=args["area"],
        producer_id=args["producer_id"],
        mode=args["mode"],
        state=args["state"],
    )
    return page_of(
        session,
        statement,
        keys=[Agreement.agreement_no],
        key_of=lambda row: [row.agreement_no],
        args=args,
    )


@blueprint.route("/agreements", methods=["POST"])
@endpoint(needs("agreements.draft"), idempotent=True)
@blueprint.arguments(schemas.AgreementIn)
@blueprint.response(201, schemas.AgreementOut)
def open_agreement(session: Session, actor: Actor, body: dict[str, Any]) -> Agreement:
    """Open an agreement; it has no version yet."""
    return create_agreement(session, actor, **body)


@blueprint.route("/agreements/<number>")
@endpoint(needs("agreements.read"))
@blueprint.response(200, schemas.AgreementViewOut)
def get_agreement(session: Session, actor: Actor, number: str) -> lists.AgreementView:
    """An agreement with its versions, newest first."""
    return lists.get_agreement(session, actor, number)


@blueprint.route("/agreements/<number>/versions", methods=["POST"])
@endpoint(needs("agreements.draft"), idempotent=True)
@blueprint.arguments(schemas.VersionIn)
@blueprint.response(201, schemas.VersionOut)
def draft(session: Session, actor: Actor, new: NewVersion, number: str) -> AgreementVersion:
    """Draft a version with its terms, products and roster."""
    return draft_version(session, actor, number, new)


@blueprint.route("/agreements/<number>/versions/<int:version>/roster")
@endpoint(needs("beneficiaries.read"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.RosterRowOut))
def list_roster(session: Session, actor: Actor, args: dict[str, Any], number: str, version: int) -> Page[Any]:
    """The roster of a version, masked."""
    page = page_of(
        session,
        masked.roster_rows(session, actor, number, version, today()),
        keys=[Household.household_no],
        key_of=lambda row: [row[0].household_no],
        args=args,
        scalars=False,
    )
    rows = [
        {**vars(masked.masked(household, standing)), "parts": parts}
        for household, standing, parts in page.items
    ]
    return Page(rows, page.next_cursor)


@blueprint.route("/agreements/<number>/versions/<int:version>/submission", methods=["POST"])
@endpoint(needs("agreements.draft"), idempotent=True)
@blueprint.response(200, schemas.VersionOut)
def submit(session: Session, actor: Actor, number: str, version: int) -> AgreementVersion:
    """Hand a draft to the county."""
    return submit_version(session, actor, number, version)


@blueprint.route("/agreements/<number>/versions/<int:version>/approval", methods=["POST"])
@endpoint(needs("agreements.approve"), idempotent=True)
@blueprint.arguments(schemas.ApprovalIn)
@blueprint.response(200, schemas.VersionOut)
def approve(
    session: Session, actor: Actor, body: dict[str, Any], number: str, version: int
) -> AgreementVersion:
    """Approve a version; the one before it ends on its first day."""
    return approve_version(session, actor, number, version, **body)


@blueprint.route("/agreements/<number>/versions/<int:version>/refusal", methods=["POST"])
@endpoint(needs("agreements.approve"), idempotent=True)
@blueprint.arguments(schemas.RefusalIn)
@blueprint.response(200, schemas.VersionOut)
def refuse(
    session: Session, actor: Actor, body: dict[str, Any], number: str, version: int
) -> AgreementVersion:
    """Refuse a version."""
    return refuse_version(session, actor, number, version, **body)


@blueprint.route("/agreements/<number>/versions/<int:version>/end", methods=["POST"])
@endpoint(needs("agreements.approve"), idempotent=True)
@blueprint.arguments(schemas.EndIn)
@blueprint.response(200, schemas.VersionOut)
def end(session: Session, actor: Actor, body: dict[str, Any], number: str, version: int) -> AgreementVersion:
    """End an approved version earlier than agreed."""
    return end_version(session, actor, number, version, **body)
