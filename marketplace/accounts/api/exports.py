"""Mass exports: asked for, approved by a second person, taken once."""

from __future__ import annotations

import io
import uuid
from typing import Any

from flask import Response, send_file
from sqlalchemy.orm import Session

from marketplace.accounts import schemas
from marketplace.accounts.api.approvals import approval_out
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.service import exports
from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, needs
from marketplace.core.sheets.export import MEDIA_TYPES


@blueprint.route("/exports", methods=["POST"])
@endpoint(needs("statistics.export"), idempotent=True)
@blueprint.arguments(schemas.ExportIn)
@blueprint.response(202, schemas.ApprovalOut)
def ask_export(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for a mass export; a second person must approve, then a job writes it."""
    asked = exports.ask(session, actor, body["kind"], body["area_code"], body["reason"], body["parameters"])
    return approval_out(asked)


@blueprint.route("/exports/<uuid:approval_id>/file", methods=["POST"])
@endpoint(needs("statistics.export"))
@blueprint.response(200, content_type=MEDIA_TYPES["xlsx"])
def take_export(session: Session, actor: Actor, approval_id: uuid.UUID) -> Response:
    """Take the file: once, within a day, by the account that asked for it."""
    taken = exports.take(session, actor, approval_id)
    return send_file(
        io.BytesIO(taken.content), mimetype=MEDIA_TYPES["xlsx"], as_attachment=True, download_name=taken.name
    )
