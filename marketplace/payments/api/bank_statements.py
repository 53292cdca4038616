"""Bank statements: sent as the bank gives them, imported by a job."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.layouts import LAYOUTS
from marketplace.payments.models import BankStatement
from marketplace.payments.schemas import statements as schemas
from marketplace.payments.service import bank_statements as statements


@blueprint.route("/bank-layouts")
@endpoint(needs("payments.record"))
@blueprint.response(200, schemas.LayoutListOut)
def list_layouts(session: Session, actor: Actor) -> dict[str, Any]:
    """The layouts of statements that can be read."""
    return {
        "items": [
            {
                "code": one.code,
                "title": one.title,
                "bank": one.bank,
                "encoding": one.encoding,
                "headings": [heading.title for heading in one.headings],
            }
            for one in LAYOUTS
        ]
    }


@blueprint.route("/bank-statements", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.StatementFileIn, location="files")
@blueprint.arguments(schemas.StatementFormIn, location="form")
@blueprint.response(202, schemas.BankStatementOut)
def import_statement(
    session: Session, actor: Actor, files: dict[str, Any], form: dict[str, Any]
) -> BankStatement:
    """Take a statement; a job reads it and adds every line once, or refuses the file with every row that is wrong."""
    upload = files["file"]
    return statements.ask(
        session, actor, form["organisation_id"], form["layout"], upload.filename or "", upload.read()
    )


@blueprint.route("/bank-statements")
@endpoint(needs("payments.record"))
@blueprint.arguments(schemas.StatementArgs, location="query")
@blueprint.response(200, page_schema(schemas.BankStatementOut))
def list_statements(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Statements of the accounts one may see, newest first."""
    wanted = statements.statements_seen(actor)
    if args["organisation_id"] is not None:
        wanted = wanted.where(BankStatement.organisation_id == args["organisation_id"])
    if args["state"] is not None:
        wanted = wanted.where(BankStatement.state == args["state"])
    return page_of(
        session,
        wanted,
        keys=[BankStatement.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )


@blueprint.route("/bank-statements/<uuid:statement_id>")
@endpoint(needs("payments.record"))
@blueprint.response(200, schemas.BankStatementOut)
def get_statement(session: Session, actor: Actor, statement_id: uuid.UUID) -> BankStatement:
    """How the import of a statement went."""
    return statements.statement_of(session, actor, statement_id)
