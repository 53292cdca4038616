"""Batches: sent by devices under a signature, or handed in by people; their receipts and rows."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from flask import request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.http import Page, endpoint, localised, needs, page_of, page_schema, public, strict_json
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.models import Batch, RowOutcome
from marketplace.intake.rules.manifests import MOST_BYTES, Manifest
from marketplace.intake.rules.rows import REASONS
from marketplace.intake.schemas import batches as schemas
from marketplace.intake.service import reading, receive

# Made once: a schema keeps nothing of what it loads, and making one is dearer than a small load.
_MANIFEST: Final = schemas.ManifestIn()
_RECEIPT: Final = tuple(schemas.BatchReceiptOut().fields)
_ROW: Final = tuple(name for name in schemas.RowOut().fields if name != "reason_title")


def _manifest(header: str) -> tuple[Manifest, bytes]:
    """The manifest and its bytes as they were sent. Invalid (``manifest``) for anything that is none."""
    try:
        raw = base64.b64decode(header, validate=True)
        return Manifest(**_MANIFEST.load(strict_json.loads(raw))), raw
    except (binascii.Error, ValidationError, TypeError) as error:
        raise Invalid("manifest", "批次清单有误", pointer="/X-Batch-Manifest") from error


def _rows() -> bytes:
    """The body, which may be as long as rows are that nobody packed: longer than other requests."""
    request.max_content_length = MOST_BYTES
    return request.get_data()


@blueprint.route("/intake/batches", methods=["POST"])
@endpoint(public())
@blueprint.arguments(schemas.SignedHeaders, location="headers")
@blueprint.response(202, schemas.BatchReceiptOut)
def send(session: Session, actor: Actor | None, headers: dict[str, Any]) -> Batch:
    """Take a signed batch; the body is the rows (JSON lines or CSV, gzip allowed). Sent again: its receipt as it stands."""
    manifest, raw = _manifest(headers["manifest"])
    return receive.receive_signed(session, manifest, raw, _rows(), headers["signature"])


@blueprint.route("/intake/batches")
@endpoint(needs("intake.submit"))
@blueprint.arguments(schemas.BatchListArgs, location="query")
@blueprint.response(200, page_schema(schemas.BatchReceiptOut))
def list_batches(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Batch]:
    """The batches of a channel, newest first."""
    return page_of(
        session,
        reading.batches_of(session, actor, args["channel"], args["state"]),
        keys=[Batch.id],
        key_of=lambda batch: [batch.id],
        args=args,
        descending=True,
    )


@blueprint.route("/intake/batches/<number>")
@endpoint(needs("intake.submit"))
@blueprint.response(200, schemas.BatchProgressOut)
def receipt(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The receipt of a batch, and how many batches of the channel are before it while it waits."""
    batch = reading.batch_of(session, actor, number)
    return batch_out(batch) | {"ahead": reading.ahead_of(session, batch)}


@blueprint.route("/intake/batches/<number>/rows")
@endpoint(needs("intake.submit"))
@blueprint.arguments(schemas.RowListArgs, location="query")
@blueprint.response(200, page_schema(schemas.RowOut))
def rows(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Page[Any]:
    """The rows of a batch that were not simply accepted, in order."""
    batch = reading.batch_of(session, actor, number)
    page = page_of(
        session,
        reading.rows_of(batch.id, args["outcome"], is_open=args["open"]),
        keys=[RowOutcome.row_no, RowOutcome.attempt],
        key_of=lambda row: [row.row_no, row.attempt],
        args=args,
    )
    return Page([row_out(one) for one in page.items], page.next_cursor)


def batch_out(batch: Batch) -> dict[str, Any]:
    """A batch as its receipt says it."""
    return {name: getattr(batch, name) for name in _RECEIPT}


def row_out(one: RowOutcome) -> dict[str, Any]:
    """A row with the words of its reason."""
    return {name: getattr(one, name) for name in _ROW} | {
        "reason_title": None if one.reason is None else localised(REASONS[one.reason])
    }
