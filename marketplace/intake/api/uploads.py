"""Files by hand: templates, what people upload or only try, and the receipt to keep."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import endpoint, file_response, localised, needs
from marketplace.intake.api.batches import batch_out
from marketplace.intake.api.blueprint import blueprint
from marketplace.intake.rules.adapters import reporting_adapter, reporting_adapters
from marketplace.intake.rules.templates import template_cells, template_of
from marketplace.intake.schemas import uploads as schemas
from marketplace.intake.service import reading, uploads
from marketplace.intake.service.receipts import OUTCOME_TITLES, RowResult, receipt_file, results_of


@blueprint.route("/intake/templates")
@endpoint(needs("intake.submit"))
@blueprint.response(200, schemas.TemplateListOut)
def list_templates(session: Session, actor: Actor) -> dict[str, Any]:
    """The shapes in which sales are reported, with their columns."""
    return {
        "items": [
            {
                "code": one.code,
                "title": one.title,
                "channel_kinds": one.channel_kinds,
                "columns": [
                    {
                        "name": cell.column,
                        "required": cell.required,
                        "note": cell.note,
                        "example": cell.example,
                    }
                    for cell in template_cells(one)
                ],
            }
            for one in reporting_adapters()
        ]
    }


@blueprint.route("/intake/templates/<adapter>")
@endpoint(needs("intake.submit"))
@blueprint.response(200)
def template(session: Session, actor: Actor, adapter: str) -> Response:
    """The workbook to fill in for a shape: headings, notes, checks, an example."""
    one = reporting_adapter(adapter)
    return file_response("xlsx", template_of(one), f"{one.title}模板")


@blueprint.route("/intake/uploads", methods=["POST"])
@endpoint(needs("intake.submit"), idempotent=True)
@blueprint.arguments(schemas.UploadFileIn, location="files")
@blueprint.arguments(schemas.UploadFormIn, location="form")
@blueprint.response(202, schemas.UploadOut)
def hand_in(session: Session, actor: Actor, files: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """Take a CSV or XLSX of a person; the same rows again add nothing. `dry_run` only says what would become of each."""
    content = files["file"].read()
    if form["dry_run"]:
        found = uploads.preview(session, actor, form["channel"], form["adapter"], content)
        return {
            "dry_run": True,
            "known": found.known,
            "batch": None,
            "rows": [_row_out(one) for one in found.rows],
        }
    handed = uploads.hand_in(session, actor, form["channel"], form["adapter"], content)
    return {"dry_run": False, "known": handed.known, "batch": batch_out(handed.batch), "rows": []}


@blueprint.route("/intake/batches/<number>/receipt")
@endpoint(needs("intake.submit"))
@blueprint.arguments(schemas.ReceiptArgs, location="query")
@blueprint.response(200)
def receipt_of(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Response:
    """Every row of a batch with what became of it and why, as a file."""
    batch = reading.batch_of(session, actor, number)
    body = receipt_file(batch, results_of(session, batch), as_xlsx=args["format"] == "xlsx")
    return file_response(args["format"], body, f"receipt-{batch.number}")


def _row_out(one: RowResult) -> dict[str, Any]:
    """A row with the words of its outcome and its reason."""
    named = ("outcome_title", "reason_title")
    return {name: getattr(one, name) for name in schemas.RowResultOut().fields if name not in named} | {
        "outcome_title": localised(OUTCOME_TITLES[one.outcome]),
        "reason_title": None if one.reason_title is None else localised(one.reason_title),
    }
