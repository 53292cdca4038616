"""Households: masked rows for officials of the area, full cells only by audited calls."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.beneficiaries import schemas
from marketplace.beneficiaries.api.blueprint import blueprint
from marketplace.beneficiaries.models import Household
from marketplace.beneficiaries.service import (
    NewHousehold,
    NewMember,
    Standing,
    add_member,
    change_standing,
    end_member,
    import_register,
    load_households,
    masked,
    register,
)
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema


@blueprint.route("/households")
@endpoint(needs("beneficiaries.read"))
@blueprint.arguments(schemas.HouseholdListArgs, location="query")
@blueprint.response(200, page_schema(schemas.HouseholdOut))
def list_households(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Households of the own area, masked, with their standing on a day."""
    statement = masked.households_on(
        actor,
        args["on"] or today(),
        area=args["area"],
        file_status=args["file_status"],
        monitored=args["monitored"],
    )
    page = page_of(
        session,
        statement,
        keys=[Household.household_no],
        key_of=lambda row: [row[0].household_no],
        args=args,
        scalars=False,
    )
    return Page([masked.masked(household, standing) for household, standing in page.items], page.next_cursor)


@blueprint.route("/households", methods=["POST"])
@endpoint(needs("beneficiaries.edit"), idempotent=True)
@blueprint.arguments(schemas.HouseholdIn)
@blueprint.response(201, schemas.HouseholdOut)
def register_household(session: Session, actor: Actor, new: NewHousehold) -> masked.MaskedHousehold:
    """Register a household with its first standing."""
    household = register(session, actor, new)
    return masked.get_masked(session, actor, household.household_no)


@blueprint.route("/household-batches", methods=["POST"])
@endpoint(needs("beneficiaries.edit"), idempotent=True)
@blueprint.arguments(schemas.BatchIn)
@blueprint.response(201, schemas.BatchOut)
def register_batch(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Register many households, all or none; every bad row is named."""
    return {"household_nos": load_households(session, actor, body["households"])}


@blueprint.route("/household-files", methods=["POST"])
@endpoint(needs("beneficiaries.edit"), idempotent=True)
@blueprint.arguments(schemas.RegisterFileIn, location="files")
@blueprint.response(201, schemas.BatchOut)
def register_file(session: Session, actor: Actor, uploaded: dict[str, Any]) -> dict[str, Any]:
    """Register the households of a CSV or XLSX file, all or none; every bad cell is named. The file is not kept."""
    return {"household_nos": import_register(session, actor, uploaded["file"].read())}


@blueprint.route("/households/<int:household_no>")
@endpoint(needs("beneficiaries.read"))
@blueprint.response(200, schemas.HouseholdOut)
def get_household(session: Session, actor: Actor, household_no: int) -> masked.MaskedHousehold:
    """One household, masked."""
    return masked.get_masked(session, actor, household_no)


@blueprint.route("/households/<int:household_no>/standings")
@endpoint(needs("beneficiaries.read"))
@blueprint.response(200, schemas.StandingListOut)
def list_standings(session: Session, actor: Actor, household_no: int) -> dict[str, Any]:
    """A household's history."""
    return {"items": masked.history(session, actor, household_no)}


@blueprint.route("/households/<int:household_no>/standings", methods=["POST"])
@endpoint(needs("beneficiaries.edit"), idempotent=True)
@blueprint.arguments(schemas.StandingIn)
@blueprint.response(201, schemas.HouseholdOut)
def continue_history(
    session: Session, actor: Actor, standing: Standing, household_no: int
) -> masked.MaskedHousehold:
    """Continue a household's history; the present standing ends on that day."""
    change_standing(session, actor, household_no, standing)
    return masked.get_masked(session, actor, household_no)


@blueprint.route("/households/<int:household_no>/members", methods=["POST"])
@endpoint(needs("beneficiaries.edit"), idempotent=True)
@blueprint.arguments(schemas.MemberIn)
@blueprint.response(201, schemas.HouseholdOut)
def join(session: Session, actor: Actor, body: dict[str, Any], household_no: int) -> masked.MaskedHousehold:
    """Add a person to a household."""
    member = NewMember(body["identity"], body["relation"], body["has_labour"])
    add_member(session, actor, household_no, member, body["from_day"] or today())
    return masked.get_masked(session, actor, household_no)


@blueprint.route("/households/<int:household_no>/members/<uuid:member_id>/departure", methods=["POST"])
@endpoint(needs("beneficiaries.edit"), idempotent=True)
@blueprint.arguments(schemas.DepartureIn)
@blueprint.response(200, schemas.HouseholdOut)
def leave(
    session: Session, actor: Actor, body: dict[str, Any], household_no: int, member_id: uuid.UUID
) -> masked.MaskedHousehold:
    """A person leaves a household."""
    end_member(session, actor, household_no, member_id, body["to_day"])
    return masked.get_masked(session, actor, household_no)


@blueprint.route("/households/<int:household_no>/unmasking", methods=["POST"])
@endpoint(needs("beneficiaries.read_personal"))
@blueprint.arguments(schemas.PurposeIn)
@blueprint.response(200, schemas.PeopleOut)
def unmask_household(
    session: Session, actor: Actor, body: dict[str, Any], household_no: int
) -> dict[str, Any]:
    """The people of a household in full. Needs a purpose, is counted, and stands in the audit trail."""
    return {"items": masked.unmask(session, actor, household_no, body["purpose"])}


@blueprint.route("/household-lookups", methods=["POST"])
@endpoint(needs("beneficiaries.read_personal"))
@blueprint.arguments(schemas.LookUpIn)
@blueprint.response(200, schemas.LookUpOut)
def look_up_household(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """In which household of the own area a person is; null for everybody else. Counted and recorded."""
    return {"household_no": masked.look_up(session, actor, body["resident_id"], body["purpose"])}
