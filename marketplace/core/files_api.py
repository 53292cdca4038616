"""Uploading papers and downloading them: what applications, agreements and payment lists refer to by id."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.http import ApiBlueprint, endpoint, needs
from marketplace.core.models import StoredFile

blueprint = ApiBlueprint("files", __name__, "文件:证照、检测报告、名单")


class FileIn(Schema):
    """The file itself; at most 20 MB; PDF, OFD, PNG, JPEG, WebP, XLSX or UTF-8 text."""

    file = Upload(
        required=True, metadata={"description": "PDF、OFD、PNG、JPEG、WebP、XLSX 或 UTF-8 文本,不超过 20 MB"}
    )


class FileFormIn(Schema):
    """Whose file it is and who may read it."""

    owner_organisation_id = fields.UUID(load_default=None, metadata={"description": "文件所属单位"})
    area_code = fields.String(
        load_default=None, validate=validate.Regexp(r"^\d{6,12}$"), metadata={"example": "441403"}
    )
    file_class = fields.String(
        load_default="internal",
        validate=validate.OneOf(tuple(files.CLASSES)),
        metadata={"example": "internal"},
    )


class FileOut(Schema):
    """What is kept of a file."""

    id = fields.UUID()
    name = fields.String(attribute="original_name", metadata={"example": "检测报告.pdf"})
    media_type = fields.String(metadata={"example": "application/pdf"})
    size_bytes = fields.Integer(metadata={"example": 20480})
    sha256 = fields.Function(lambda row: row.sha256.hex(), metadata={"type": "string"})
    file_class = fields.String(metadata={"example": "internal"})
    owner_organisation_id = fields.UUID(allow_none=True)
    created_at = fields.AwareDateTime()


class FileReadArgs(Schema):
    """Why a file is read; a restricted one is not given out without it."""

    purpose = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"example": "核对工资表"}
    )


@blueprint.route("/files", methods=["POST"])
@endpoint(needs("files.upload"), idempotent=True)
@blueprint.arguments(FileIn, location="files")
@blueprint.arguments(FileFormIn, location="form")
@blueprint.response(201, FileOut)
def upload(session: Session, actor: Actor, body: dict[str, Any], form: dict[str, Any]) -> StoredFile:
    """Keep a file; its type is what its bytes are, its name is only data."""
    sent = body["file"]
    # One byte more than is allowed is enough to know that it is too large.
    content = sent.stream.read(files.MAX_BYTES + 1)
    return files.store(
        session,
        actor,
        name=sent.filename or "",
        content=content,
        file_class=form["file_class"],
        owner_id=form["owner_organisation_id"],
        area_code=form["area_code"],
    )


@blueprint.route("/files/<uuid:file_id>")
@endpoint(needs("files.read"))
@blueprint.arguments(FileReadArgs, location="query")
@blueprint.response(200, content_type="application/octet-stream")
def download(session: Session, actor: Actor, args: dict[str, Any], file_id: uuid.UUID) -> Response:
    """The bytes of a file of one's own organisation, as an attachment; the reading is recorded."""
    content = files.read(session, actor, file_id, purpose=args["purpose"])
    return Response(
        content,
        mimetype="application/octet-stream",
        headers={"Content-Disposition": "attachment", "Cache-Control": "private, no-store"},
    )
