"""What needs a second person."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import schemas
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.models import Approval
from marketplace.accounts.service import approvals, decisions
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema, signed_in

_SHOWN = (
    "id",
    "action",
    "subject_kind",
    "subject_id",
    "area_code",
    "state",
    "reason",
    "asked_at",
    "decided_at",
    "opinion",
)


def approval_out(approval: Approval) -> dict[str, Any]:
    """An approval as it is shown: without encrypted cells."""
    return {**{name: getattr(approval, name) for name in _SHOWN}, "shown": approvals.shown(approval)}


@blueprint.route("/approvals")
@endpoint(signed_in())
@blueprint.arguments(schemas.ApprovalQuery, location="query")
@blueprint.response(200, page_schema(schemas.ApprovalOut))
def list_approvals(session: Session, actor: Actor, args: dict[str, Any]) -> Page[dict[str, Any]]:
    """Requests the caller may decide, and the own ones, newest first."""
    page = page_of(
        session,
        approvals.listing(actor, state=args["state"], action=args["action"]),
        keys=(Approval.id,),
        key_of=lambda row: (row.id,),
        args=args,
        descending=True,
    )
    return Page([approval_out(approval) for approval in page.items], page.next_cursor)


@blueprint.route("/approvals/<uuid:approval_id>/decision", methods=["POST"])
@endpoint(needs("accounts.approve"), idempotent=True)
@blueprint.arguments(schemas.ApprovalDecisionIn)
@blueprint.response(200, schemas.ApprovalOut)
def decide_approval(
    session: Session, actor: Actor, body: dict[str, Any], approval_id: uuid.UUID
) -> dict[str, Any]:
    """Approve or refuse as the second person; what is approved begins at once."""
    return approval_out(
        decisions.decide(session, actor, approval_id, approve=body["approve"], opinion=body["opinion"])
    )
