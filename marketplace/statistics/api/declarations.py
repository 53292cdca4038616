"""Declarations: draft, submission, review, sending upward, correction; what units owe stands in `reporting`."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.http import (
    Page,
    endpoint,
    localised,
    needs,
    page_of,
    page_schema,
    require_version,
    set_version,
)
from marketplace.statistics import schemas
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.declarations import figures, filing, silence, steps
from marketplace.statistics.declarations.models import Declaration, ReportingUnit
from marketplace.statistics.measures import measure

_OF_UNIT = ("kind", "area_code", "report")
_OWN = (
    "id",
    "unit_id",
    "period",
    "version",
    "state",
    "is_zero",
    "zero_reason",
    "correction_reason",
    "last_entry",
    "created_at",
    "submitted_at",
    "reviewed_at",
    "sent_at",
)


@blueprint.route("/declarations", methods=["GET"])
@endpoint(needs("statistics.declarations"))
@blueprint.arguments(schemas.DeclarationArgs, location="query")
@blueprint.response(200, page_schema(schemas.DeclarationOut))
def list_declarations(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Declarations of one's area or organisation, all versions, newest first."""
    wanted = {name: args[name] for name in ("area", "report", "period", "state", "unit_id")}
    page = page_of(
        session,
        filing.listing(actor, **wanted),
        keys=[Declaration.id],
        key_of=lambda row: [row[0].id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([_out(*row) for row in page.items], page.next_cursor)


@blueprint.route("/declarations", methods=["POST"])
@endpoint(needs("statistics.declare"), idempotent=True)
@blueprint.arguments(schemas.DeclarationIn)
@blueprint.response(201, schemas.DeclarationDetailOut)
def draft_declaration(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Begin a declaration (填报), an explicit zero (零报告), or the correction of one that was sent (更正)."""
    return _detail(session, filing.draft(session, actor, **body))


@blueprint.route("/declarations/<uuid:declaration_id>", methods=["GET"])
@endpoint(needs("statistics.declarations"))
@blueprint.response(200, schemas.DeclarationDetailOut)
def show_declaration(session: Session, actor: Actor, declaration_id: uuid.UUID) -> dict[str, Any]:
    """A version: declared beside computed, with the difference, its steps, and who is pending below."""
    return _detail(session, filing.shown(session, actor, declaration_id))


@blueprint.route("/declarations/<uuid:declaration_id>", methods=["PATCH"])
@endpoint(needs("statistics.declare"))
@blueprint.arguments(schemas.DraftIn)
@blueprint.response(200, schemas.DeclarationDetailOut)
def redraft_declaration(
    session: Session, actor: Actor, body: dict[str, Any], declaration_id: uuid.UUID
) -> dict[str, Any]:
    """Replace what a draft says; If-Match names the version of the draft that was read."""
    present = filing.shown(session, actor, declaration_id)
    require_version(present.row_version)
    done = filing.redraft(session, actor, declaration_id, body["content"], present.row_version)
    return _detail(session, done)


@blueprint.route("/declarations/<uuid:declaration_id>/submission", methods=["POST"])
@endpoint(needs("statistics.declare"), idempotent=True)
@blueprint.response(200, schemas.DeclarationDetailOut)
def submit_declaration(session: Session, actor: Actor, declaration_id: uuid.UUID) -> dict[str, Any]:
    """Hand a draft in for review."""
    return _detail(session, steps.submit(session, actor, declaration_id))


@blueprint.route("/declarations/<uuid:declaration_id>/review", methods=["POST"])
@endpoint(needs("statistics.declare_review"), idempotent=True)
@blueprint.arguments(schemas.StepDecisionIn)
@blueprint.response(200, schemas.DeclarationDetailOut)
def review_declaration(
    session: Session, actor: Actor, body: dict[str, Any], declaration_id: uuid.UUID
) -> dict[str, Any]:
    """Confirm (审核) or return (退回), as a second person."""
    return _detail(session, steps.review(session, actor, declaration_id, **body))


@blueprint.route("/declarations/<uuid:declaration_id>/sending", methods=["POST"])
@endpoint(needs("statistics.declare_send"), idempotent=True)
@blueprint.arguments(schemas.StepDecisionIn)
@blueprint.response(200, schemas.DeclarationDetailOut)
def send_declaration(
    session: Session, actor: Actor, body: dict[str, Any], declaration_id: uuid.UUID
) -> dict[str, Any]:
    """Send upward (上报) or return (退回), as a third person; only after the units below have sent or are listed as 未报."""
    return _detail(session, steps.send(session, actor, declaration_id, **body))


@blueprint.route("/declarations/silences", methods=["POST"])
@endpoint(needs("statistics.declare_review"), idempotent=True)
@blueprint.arguments(schemas.SilenceIn)
@blueprint.response(201, schemas.SilenceOut)
def list_silence(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """List a unit as 未报 for a month, with the reason."""
    return silence.list_as_unreported(session, actor, **body)


def _out(declaration: Declaration, unit: ReportingUnit, name: str) -> dict[str, Any]:
    return {
        **{key: getattr(declaration, key) for key in _OWN},
        **{key: getattr(unit, key) for key in _OF_UNIT},
        "name": name,
    }


def _detail(session: Session, declaration: Declaration) -> dict[str, Any]:
    set_version(declaration.row_version)
    unit = session.get_one(ReportingUnit, declaration.unit_id)
    organisation = session.get_one(Organisation, unit.organisation_id)
    return {
        **_out(declaration, unit, organisation.name),
        "figures": [
            asdict(one) | {"title": localised(measure(one.measure).title_zh)}
            for one in figures.beside(session, declaration)
        ],
        "steps": filing.steps_of(session, declaration.id),
        "pending_below": steps.pending_below(session, unit, declaration.period),
    }
