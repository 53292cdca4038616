"""Villages: collectives, counts for everybody, the printed board."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.beneficiaries import schemas
from marketplace.beneficiaries.api.blueprint import blueprint
from marketplace.beneficiaries.models import VillageCollective
from marketplace.beneficiaries.service import lists, register_collective, villages
from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema, public
from marketplace.core.privacy import public_count, public_number


@blueprint.route("/village-collectives")
@endpoint(needs("agreements.read"))
@blueprint.arguments(schemas.CollectiveListArgs, location="query")
@blueprint.response(200, page_schema(schemas.CollectiveOut))
def list_collectives(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Village collectives, by area code."""
    return page_of(
        session,
        lists.collectives(area=args["area"]),
        keys=[VillageCollective.area_code],
        key_of=lambda row: [row.area_code],
        args=args,
    )


@blueprint.route("/village-collectives", methods=["POST"])
@endpoint(needs("beneficiaries.edit"), idempotent=True)
@blueprint.arguments(schemas.CollectiveIn)
@blueprint.response(201, schemas.CollectiveOut)
def add_collective(session: Session, actor: Actor, body: dict[str, Any]) -> VillageCollective:
    """Register the collective of a village."""
    return register_collective(session, actor, **body)


@blueprint.route("/village-counts")
@endpoint(public())
@blueprint.arguments(schemas.VillageCountArgs, location="query")
@blueprint.response(200, schemas.VillageCountsOut)
def village_counts(session: Session, actor: Actor | None, args: dict[str, Any]) -> dict[str, Any]:
    """How many households stand in agreements in force, per village; fewer than 3 only as 少于3户."""
    return {
        "items": [
            {
                "area_code": one.area_code,
                "area_name": divisions.full_name(one.area_code),
                "households": public_number(one.households),
                "households_text": public_count(one.households),
            }
            for one in villages.counts(session, args["area"], today())
        ]
    }


@blueprint.route("/villages/<area_code>/board")
@endpoint(needs("beneficiaries.read"))
@blueprint.arguments(schemas.BoardArgs, location="query")
@blueprint.response(200, schemas.BoardOut)
def village_board(session: Session, actor: Actor, args: dict[str, Any], area_code: str) -> dict[str, Any]:
    """Masked rows for the village's printed board, only while the notice lasts. Each print is recorded."""
    rows = villages.board(session, actor, area_code, **args)
    return {
        "area_code": area_code,
        "area_name": divisions.full_name(area_code),
        "notice_to": args["notice_to"],
        "items": rows,
    }
