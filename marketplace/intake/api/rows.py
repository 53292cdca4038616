"""Rows that were kept apart, mended or dropped by people."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.intake.api.batches import row_out
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.schemas import batches as schemas
from marketplace.intake.service import quarantine


@blueprint.route("/intake/rows/<uuid:row_id>/mending", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.MendIn)
@blueprint.response(200, schemas.RowOut)
def mend(session: Session, actor: Actor, body: dict[str, Any], row_id: uuid.UUID) -> dict[str, Any]:
    """Put columns of a row right; it is looked at again like any row."""
    return row_out(quarantine.mend(session, actor, row_id, body["changes"], body["opinion"]))


@blueprint.route("/intake/rows/<uuid:row_id>/dropping", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.DropIn)
@blueprint.response(200, schemas.RowOut)
def drop(session: Session, actor: Actor, body: dict[str, Any], row_id: uuid.UUID) -> dict[str, Any]:
    """Decide that a row is none of ours."""
    return row_out(quarantine.drop(session, actor, row_id, body["opinion"]))
