"""Who owes which report, what everybody declared, the rate of reporting, and reminders."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, file_response, needs, page_of, page_schema
from marketplace.statistics import schemas
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.asking import known_area
from marketplace.statistics.declarations import rate, register, reminders, units
from marketplace.statistics.declarations.files import register_file
from marketplace.statistics.declarations.models import ReportingUnit

_SHOWN = ("id", "organisation_id", "kind", "area_code", "report", "due_day", "from_day", "until_day")


@blueprint.route("/declarations/units", methods=["GET"])
@endpoint(needs("statistics.declarations"))
@blueprint.arguments(schemas.ReportingUnitArgs, location="query")
@blueprint.response(200, page_schema(schemas.ReportingUnitOut))
def list_reporting_units(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Who owes which report over which area, from when until when."""
    page = page_of(
        session,
        units.listing(actor, area=args["area"], report=args["report"]),
        keys=[ReportingUnit.id],
        key_of=lambda row: [row[0].id],
        args=args,
        scalars=False,
    )
    return Page([_unit(unit, name) for unit, name in page.items], page.next_cursor)


@blueprint.route("/declarations/units", methods=["POST"])
@endpoint(needs("statistics.targets"), idempotent=True)
@blueprint.arguments(schemas.ReportingUnitIn)
@blueprint.response(201, schemas.ReportingUnitOut)
def register_reporting_unit(session: Session, actor: Actor, new: units.NewUnit) -> dict[str, Any]:
    """Lay a monthly report on an organisation from a day on."""
    unit = units.register_unit(session, actor, new)
    return _unit(unit, session.get_one(Organisation, unit.organisation_id).name)


@blueprint.route("/declarations/units/<uuid:unit_id>/end", methods=["POST"])
@endpoint(needs("statistics.targets"), idempotent=True)
@blueprint.arguments(schemas.ReportingUnitEndIn)
@blueprint.response(200, schemas.ReportingUnitOut)
def end_reporting_unit(
    session: Session, actor: Actor, body: dict[str, Any], unit_id: uuid.UUID
) -> dict[str, Any]:
    """End the duty; what was owed before stays owed."""
    unit = units.end_unit(session, actor, unit_id, body["until_day"])
    return _unit(unit, session.get_one(Organisation, unit.organisation_id).name)


@blueprint.route("/declarations/register", methods=["GET"])
@endpoint(needs("statistics.declarations"), snapshot=True)
@blueprint.arguments(schemas.RegisterArgs, location="query")
@blueprint.response(200, schemas.RegisterOut)
def show_register(session: Session, actor: Actor, args: dict[str, Any]) -> Any:
    """A month's register: every unit's declared figures beside the computed ones; 未报 where it is silent, never 0."""
    area = known_area(args["area"])
    rows = register.register_of(session, actor, args["report"], args["period"], area)
    if args["format"] == "json":
        return {"items": rows}
    body = register_file(args["format"], args["report"], args["period"], area, rows)
    return file_response(args["format"], body, "declarations")


@blueprint.route("/reporting-rate", methods=["GET"])
@endpoint(needs("statistics.declarations"), snapshot=True)
@blueprint.arguments(schemas.RateArgs, location="query")
@blueprint.response(200, schemas.RateOut)
def show_reporting_rate(session: Session, actor: Actor, args: dict[str, Any]) -> rate.Rates:
    """报送率 by area and month, and the list of 未报."""
    return rate.reporting_rate(
        session,
        actor,
        args["report"],
        args["from_period"],
        args["to_period"] or args["from_period"],
        known_area(args["area"]),
        args["level"],
    )


@blueprint.route("/reporting-rate/reminders", methods=["POST"])
@endpoint(needs("statistics.declare_review"), idempotent=True)
@blueprint.arguments(schemas.RemindIn)
@blueprint.response(200, schemas.RemindOut)
def remind_units(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, int]:
    """催报: a notice to every unit of the area that has not reported the month; once a day."""
    told, before = reminders.remind(session, actor, body["report"], body["period"], body["area_code"])
    return {"told": told, "told_before": before}


def _unit(unit: ReportingUnit, name: str) -> dict[str, Any]:
    return {**{key: getattr(unit, key) for key in _SHOWN}, "name": name}
