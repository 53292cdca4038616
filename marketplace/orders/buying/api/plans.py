"""Purchase plans and their execution."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import FieldProblem, InvalidMany
from marketplace.core.http import (
    Page,
    endpoint,
    needs,
    page_of,
    page_schema,
    require_version,
    set_version,
)
from marketplace.core.sheets.problems import RowError
from marketplace.orders.buying.api.blueprint import blueprint
from marketplace.orders.buying.models import PurchasePlan
from marketplace.orders.buying.schemas import plan as schemas
from marketplace.orders.buying.service import plan_files, plans
from marketplace.producers.categories import all_categories

_ROW = tuple(schemas.PurchasePlanRowOut().fields)
_LINE = ("category_code", "fund_source", "month", "quarter", "amount_fen")
_MOST_PROBLEMS = 1_000


def refuse_rows(errors: list[RowError]) -> None:
    """InvalidMany (`rows`) with every bad cell, when there is one."""
    if errors:
        found = [
            FieldProblem(f"/rows/{error.row}/{error.column}", error.code, error.message_zh)
            for error in errors
        ]
        raise InvalidMany("rows", f"{len(found)}处有误,未导入任何一行", fields=found[:_MOST_PROBLEMS])


def _whole(session: Session, plan: PurchasePlan) -> dict[str, Any]:
    set_version(plan.row_version)
    lines, beside = plans.execution(session, plan)
    return {name: getattr(plan, name) for name in _ROW} | {
        "lines": [
            {name: getattr(line, name) for name in _LINE}
            | {
                "line_no": number,
                "category_title": all_categories()[line.category_code].title_zh,
                "ordered_fen": used.ordered_fen,
                "counted_fen": used.counted_fen,
            }
            for number, (line, used) in enumerate(lines, 1)
        ],
        "amount_fen": sum(line.amount_fen for line, _ in lines),
        "beside_ordered_fen": beside.ordered_fen,
        "beside_counted_fen": beside.counted_fen,
    }


@blueprint.route("/purchase-plans")
@endpoint(needs("orders.read"))
@blueprint.arguments(schemas.PurchasePlanArgs, location="query")
@blueprint.response(200, page_schema(schemas.PurchasePlanRowOut))
def list_plans(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The plans one may see, all versions, newest first."""
    return page_of(
        session,
        plans.plans_seen(actor, organisation_id=args["organisation_id"], year=args["year"]),
        keys=[PurchasePlan.made_at, PurchasePlan.id],
        key_of=lambda plan: [plan.made_at, plan.id],
        args=args,
        descending=True,
    )


@blueprint.route("/purchase-plans", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.PurchasePlanIn)
@blueprint.response(201, schemas.PurchasePlanOut)
def start_plan(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Begin the next version of a year's plan, from what holds or from another year."""
    return _whole(session, plans.start(session, actor, **body))


@blueprint.route("/purchase-plans/<uuid:plan_id>")
@endpoint(needs("orders.read"))
@blueprint.response(200, schemas.PurchasePlanOut)
def get_plan(session: Session, actor: Actor, plan_id: uuid.UUID) -> dict[str, Any]:
    """One version with its lines and their execution."""
    return _whole(session, plans.locked(session, actor, plan_id))


@blueprint.route("/purchase-plans/<uuid:plan_id>/lines", methods=["PUT"])
@endpoint(needs("orders.place"))
@blueprint.arguments(schemas.PlanLinesIn)
@blueprint.response(200, schemas.PurchasePlanOut)
def set_plan_lines(
    session: Session, actor: Actor, body: dict[str, Any], plan_id: uuid.UUID
) -> dict[str, Any]:
    """Replace the lines of a draft (If-Match)."""
    plan = plans.locked(session, actor, plan_id)
    require_version(plan.row_version)
    return _whole(session, plans.set_lines(session, actor, plan, body["lines"]))


@blueprint.route("/purchase-plans/<uuid:plan_id>/lines-file", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.arguments(schemas.PlanFileIn, location="files")
@blueprint.response(200, schemas.PurchasePlanOut)
def import_plan_lines(
    session: Session, actor: Actor, uploaded: dict[str, Any], plan_id: uuid.UUID
) -> dict[str, Any]:
    """Replace the lines of a draft by those of a file; all rows or none, bad cells by row and column."""
    plan = plans.locked(session, actor, plan_id)
    lines, errors = plan_files.read_lines(uploaded["file"].read())
    refuse_rows(errors)
    return _whole(session, plans.set_lines(session, actor, plan, lines))


@blueprint.route("/purchase-plans/<uuid:plan_id>/submission", methods=["POST"])
@endpoint(needs("orders.place"), idempotent=True)
@blueprint.response(200, schemas.PurchasePlanOut)
def submit_plan(session: Session, actor: Actor, plan_id: uuid.UUID) -> dict[str, Any]:
    """Send a draft to the unit's reviewer."""
    return _whole(session, plans.submit(session, actor, plan_id))


@blueprint.route("/purchase-plans/<uuid:plan_id>/decision", methods=["POST"])
@endpoint(needs("orders.approve_purchase"), idempotent=True)
@blueprint.arguments(schemas.PlanDecisionIn)
@blueprint.response(200, schemas.PurchasePlanOut)
def decide_plan(session: Session, actor: Actor, body: dict[str, Any], plan_id: uuid.UUID) -> dict[str, Any]:
    """Approve a plan, which supersedes the one that held, or return it with an opinion."""
    return _whole(session, plans.decide(session, actor, plan_id, **body))
