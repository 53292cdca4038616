"""Monthly statements of the levy, signed by the operator and by the authority."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, file_response, localised, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import LevyStatement
from marketplace.payments.rules.levy_statements import STATEMENT
from marketplace.payments.schemas import levy_statements as schemas
from marketplace.payments.service import levy_reading, levy_signing, levy_statements


@blueprint.route("/levy-statements")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.LevyStatementListArgs, location="query")
@blueprint.response(200, page_schema(schemas.LevyStatementOut))
def list_levy_statements(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Levy statements that one may see, all versions, newest first."""
    page = page_of(
        session,
        levy_reading.statements_seen(actor, period=args["period"], state=args["state"]),
        keys=[LevyStatement.id],
        key_of=lambda row: [row.LevyStatement.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([_statement(row.LevyStatement, row.name) for row in page.items], page.next_cursor)


@blueprint.route("/levy-statements", methods=["POST"])
@endpoint(needs("payments.books"), idempotent=True)
@blueprint.arguments(schemas.LevyStatementIn)
@blueprint.response(201, schemas.DrawnLevyStatementOut)
def draw_levy_statement(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Draw up the statement of a month that is over, or its next version with what has come since; null when nothing is owed."""
    made = levy_statements.draw_up(session, actor, body["operator_id"], body["period"])
    return {"statement": None if made is None else _named(session, made)}


@blueprint.route("/levy-statements/<number>")
@endpoint(needs("payments.books"))
@blueprint.response(200, schemas.LevyStatementDetailOut)
def show_levy_statement(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """A statement with what it holds of each channel, month and rate."""
    statement, name = levy_reading.statement_seen(session, actor, number)
    return _statement(statement, name) | {"items": levy_reading.items_of(session, statement)}


@blueprint.route("/levy-statements/<number>/file")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.LevyStatementFileArgs, location="query")
@blueprint.response(200, content_type="text/csv")
def levy_statement_file(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Response:
    """The same as CSV or XLSX; amounts in yuan."""
    statement, _ = levy_reading.statement_seen(session, actor, number)
    content = levy_reading.statement_file(session, statement, args["format"])
    return file_response(args["format"], content, f"levy-{statement.period}")


@blueprint.route("/levy-statements/<number>/confirmation", methods=["POST"])
@endpoint(needs("payments.levy_confirm"), idempotent=True)
@blueprint.response(200, schemas.LevyStatementOut)
def confirm_levy_statement(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The operator signs the figures."""
    return _named(session, levy_signing.sign(session, actor, number, "operator"))


@blueprint.route("/levy-statements/<number>/check", methods=["POST"])
@endpoint(needs("payments.levy_check"), idempotent=True)
@blueprint.response(200, schemas.LevyStatementOut)
def check_levy_statement(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The authority signs the figures, by another person than the operator's."""
    return _named(session, levy_signing.sign(session, actor, number, "authority"))


@blueprint.route("/levy-statements/<number>/dispute", methods=["POST"])
@endpoint(needs("payments.books"), idempotent=True)
@blueprint.arguments(schemas.LevyDisputeIn)
@blueprint.response(200, schemas.LevyStatementOut)
def dispute_levy_statement(
    session: Session, actor: Actor, body: dict[str, Any], number: str
) -> dict[str, Any]:
    """Either side says what is wrong; the next version is drawn up when it is mended."""
    return _named(session, levy_signing.dispute(session, actor, number, body["reason"]))


def _named(session: Session, statement: LevyStatement) -> dict[str, Any]:
    return _statement(statement, session.get_one(Organisation, statement.operator_id).name)


def _statement(statement: LevyStatement, operator_name: str) -> dict[str, Any]:
    own = set(schemas.LevyStatementOut().fields) - {"operator_name", "state_title"}
    return {name: getattr(statement, name) for name in own} | {
        "operator_name": operator_name,
        "state_title": localised(STATEMENT.title_of(statement.state)),
    }
