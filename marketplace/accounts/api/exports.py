"""Exports: asked for, approved by a second person where they may name persons, taken within a day."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts import schemas
from marketplace.accounts.api.blueprint import blueprint
from marketplace.accounts.service import exports
from marketplace.accounts.service.exports.asking import Wish
from marketplace.accounts.service.exports.taking import STATES
from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict
from marketplace.core.http import (
    Page,
    PageArgs,
    endpoint,
    file_response,
    localised,
    needs,
    page_of,
    page_schema,
)

_SHOWN = (
    "id kind title file_format area_code parameters reason asked_at approval_id started_at rows_done rows_total"
    " refused rows size_bytes made_at expires_at"
)


@blueprint.route("/exports", methods=["POST"])
@endpoint(needs("statistics.export"), idempotent=True)
@blueprint.arguments(schemas.ExportIn)
@blueprint.response(202, schemas.ExportOut)
def ask_export(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for an export; a job writes it, after a second person's approval where it may name persons."""
    wish = Wish(body["kind"], body["area_code"], body["reason"], body["parameters"], body["format"])
    return _out(exports.find(session, actor, exports.ask(session, actor, wish).id))


@blueprint.route("/exports")
@endpoint(needs("statistics.export"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.ExportOut))
def list_exports(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """The own exports, newest first, with their progress."""
    page = page_of(
        session,
        exports.listing(actor),
        keys=[exports.Export.asked_at, exports.Export.id],
        key_of=lambda row: [row[0].asked_at, row[0].id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([_out(exports.Standing(*row)) for row in page.items], page.next_cursor)


@blueprint.route("/exports/<uuid:export_id>")
@endpoint(needs("statistics.export"))
@blueprint.response(200, schemas.ExportOut)
def show_export(session: Session, actor: Actor, export_id: uuid.UUID) -> dict[str, Any]:
    """One of the own exports: where it stands and how far it has come."""
    return _out(exports.find(session, actor, export_id))


@blueprint.route("/exports/<uuid:export_id>/file", methods=["POST"])
@endpoint(needs("statistics.export"))
@blueprint.response(200, content_type="application/octet-stream")
def take_export(session: Session, actor: Actor, export_id: uuid.UUID) -> Response:
    """Take the file, within a day, by the account that asked for it; once where it may name persons."""
    return _file(exports.take(session, actor, export_id))


@blueprint.route("/exports/<uuid:export_id>/file")
@endpoint(needs("statistics.export"))
@blueprint.response(200, content_type="application/octet-stream")
def open_export(session: Session, actor: Actor, export_id: uuid.UUID) -> Response:
    """The link of an export that names no person: works for the account that asked, until it expires. Its ETag is its SHA-256."""
    if exports.is_handed_over_once(exports.find(session, actor, export_id).export):
        # A GET may be repeated by whatever lies between; what is handed over once must not be lost to that.
        raise Conflict("export_once", "该导出只交付一次,请以 POST 领取")
    return _file(exports.take(session, actor, export_id))


def _file(taken: exports.TakenFile) -> Response:
    response = file_response(taken.file_format, taken.body, taken.title, sha256=taken.sha256)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _out(standing: exports.Standing) -> dict[str, Any]:
    export, state = standing.export, standing.state
    return {name: getattr(export, name) for name in _SHOWN.split()} | {
        "state": state,
        "state_title": localised(STATES[state]),
        "sha256": None if export.sha256 is None else export.sha256.hex(),
        "is_once": exports.is_handed_over_once(export),
        "link": f"/api/v1/exports/{export.id}/file" if state == "ready" else None,
    }
