"""Targets, lists of them, and figures that others declared."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import FieldProblem, InvalidMany
from marketplace.core.http import endpoint, needs
from marketplace.statistics import schemas, targets
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.asking import scope_of

_MAX_PROBLEMS = 1_000


@blueprint.route("/targets", methods=["GET"])
@endpoint(needs("statistics.read"))
@blueprint.arguments(schemas.TargetArgs, location="query")
@blueprint.response(200, schemas.TargetList)
def list_targets(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Annual targets, all versions; the highest holds."""
    return {"items": targets.list_targets(session, scope_of(actor), args["year"])}


@blueprint.route("/targets", methods=["POST"])
@endpoint(needs("statistics.targets"), idempotent=True)
@blueprint.arguments(schemas.TargetIn)
@blueprint.response(201, schemas.TargetOut)
def add_target(session: Session, actor: Actor, new: targets.NewTarget) -> Any:
    """Set an annual target; setting it again makes a new version."""
    return targets.set_target(session, actor, new)


@blueprint.route("/target-imports", methods=["POST"])
@endpoint(needs("statistics.targets"), idempotent=True)
@blueprint.arguments(schemas.TargetFileIn, location="files")
@blueprint.arguments(schemas.TargetFormIn, location="form")
@blueprint.response(201, schemas.TargetImportOut)
def import_targets(
    session: Session, actor: Actor, uploaded: dict[str, Any], form: dict[str, Any]
) -> tuple[targets.TargetImport, int]:
    """Import a list of targets (CSV or XLSX), all rows or none, bad ones by row and column; again it adds nothing."""
    table = targets.read_targets(uploaded["file"].read())
    done = targets.import_targets(session, actor, table, dry_run=form["dry_run"])
    if done.errors:
        problems = [
            FieldProblem(f"/rows/{error.row}/{error.column}", error.code, error.message_zh)
            for error in done.errors
        ]
        raise InvalidMany("rows", f"{len(problems)}处有误,未导入任何一行", fields=problems[:_MAX_PROBLEMS])
    return done, 201 if done.targets_added else 200


@blueprint.route("/declared-figures", methods=["GET"])
@endpoint(needs("statistics.read"), snapshot=True)
@blueprint.arguments(schemas.DeclaredArgs, location="query")
@blueprint.response(200, schemas.DeclaredList)
def list_declared(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Declared figures of a year beside what the ledger counts for the same area and months: 不可比, or — where it has none."""
    return {"items": targets.declared_beside_computed(session, scope_of(actor), args["year"])}


@blueprint.route("/declared-figures", methods=["POST"])
@endpoint(needs("statistics.targets"), idempotent=True)
@blueprint.arguments(schemas.DeclaredIn)
@blueprint.response(201, schemas.DeclaredOut)
def add_declared(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Keep a figure as it was declared or published; it never enters the ledger."""
    figure = targets.declare(session, actor, **body)
    return targets.beside_computed(session, scope_of(actor), figure)
