"""Sealed copies of issued bulletins: signed by an authority's certificate or stamped and scanned; for officials."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.formats import MEDIA_TYPES
from marketplace.core.http import endpoint, file_response, localised, needs
from marketplace.statistics.api.blueprint import blueprint
from marketplace.statistics.bulletins import service
from marketplace.statistics.bulletins.service.copies import KINDS, VERDICTS
from marketplace.statistics.schemas import bulletin_copies as shapes

_SHOWN = ("id", "kind", "seal_holder", "note", "media_type", "size_bytes", "added_by", "added_at")
_FORMATS = {media_type: name for name, media_type in MEDIA_TYPES.items()}


@blueprint.route("/bulletins/<number>/sealed-copies", methods=["POST"])
@endpoint(needs("statistics.bulletin_draft"), idempotent=True)
@blueprint.arguments(shapes.CopyFileIn, location="files")
@blueprint.arguments(shapes.CopyFormIn, location="form")
@blueprint.response(201, shapes.CopyOut)
def add_sealed_copy(
    session: Session, actor: Actor, sent: dict[str, Any], form: dict[str, Any], number: str
) -> dict[str, Any]:
    """Bring a sealed copy of an issued bulletin: PDF or OFD with an electronic seal, or a scan of the stamped paper."""
    upload = sent["file"]
    # One byte more than is allowed is enough to know that it is too large.
    content = upload.stream.read(files.MAX_BYTES + 1)
    new = service.NewCopy(
        form["kind"], upload.filename or form["kind"], content, form["seal_holder"], form["note"]
    )
    return _out(service.add_copy(session, actor, number, new))


@blueprint.route("/bulletins/<number>/sealed-copies")
@endpoint(needs("statistics.read"))
@blueprint.response(200, shapes.CopyList)
def list_sealed_copies(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The sealed copies of a bulletin and who has checked them."""
    bulletin = service.find_bulletin(session, actor, number)
    return {"items": [_out(one) for one in service.copies_of(session, bulletin)]}


@blueprint.route("/bulletins/<number>/sealed-copies/<uuid:copy_id>/check", methods=["POST"])
@endpoint(needs("statistics.bulletin_review"), idempotent=True)
@blueprint.arguments(shapes.CopyCheckIn)
@blueprint.response(200, shapes.CopyOut)
def check_sealed_copy(
    session: Session, actor: Actor, body: dict[str, Any], number: str, copy_id: uuid.UUID
) -> dict[str, Any]:
    """Say, once, whether a sealed copy is what was issued. Not by who brought it."""
    return _out(service.check_copy(session, actor, number, copy_id, **body))


@blueprint.route("/bulletins/<number>/sealed-copies/<uuid:copy_id>/file")
@endpoint(needs("statistics.read"))
@blueprint.response(200, content_type="application/octet-stream")
def read_sealed_copy(session: Session, actor: Actor, number: str, copy_id: uuid.UUID) -> Response:
    """The very bytes that were brought; its ETag is their SHA-256. The reading is recorded."""
    bulletin = service.find_bulletin(session, actor, number)
    paper, content = service.read_copy(session, actor, bulletin, copy_id)
    name = f"{number}-{paper.id.hex[-6:]}"
    return file_response(_FORMATS[paper.media_type], content, name, sha256=paper.sha256)


def _out(copy: service.Copy) -> dict[str, Any]:
    check = copy.check
    return {name: getattr(copy.paper, name) for name in _SHOWN} | {
        "kind_title": localised(KINDS[copy.paper.kind]),
        "sha256": copy.paper.sha256.hex(),
        "check": None
        if check is None
        else {
            "verdict": check.verdict,
            "verdict_title": localised(VERDICTS[check.verdict]),
            "opinion": check.opinion,
            "checked_by": check.checked_by,
            "checked_at": check.checked_at,
        },
    }
