"""Paying levy statements: recorded by either side, checked by another person, listed by channel and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import Page, endpoint, file_response, localised, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import LevyPayment, LevyStatement
from marketplace.payments.rules.levy_payments import PAYMENT, STANDINGS
from marketplace.payments.schemas import levy_payments as schemas
from marketplace.payments.service import levy_dues, levy_payments
from marketplace.payments.service.levy_dues import Due


@blueprint.route("/levy-dues")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.LevyDueListArgs, location="query")
@blueprint.response(200, page_schema(schemas.LevyDueRowOut))
def list_levy_dues(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """What is owed and paid of agreed statements, by channel and month; newest statements first."""
    page = page_of(
        session,
        levy_dues.dues_seen(actor, period=args["period"], which=args["which"]),
        keys=[LevyStatement.id],
        key_of=lambda row: [row.LevyStatement.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page(_rows(session, [levy_dues.due_of(row) for row in page.items]), page.next_cursor)


@blueprint.route("/levy-dues/file")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.LevyDueFileArgs, location="query")
@blueprint.response(200, content_type="text/csv")
def levy_dues_file(session: Session, actor: Actor, args: dict[str, Any]) -> Response:
    """A month's statements by channel and month as CSV or XLSX; amounts in yuan."""
    seen = levy_dues.dues_seen(actor, period=args["period"]).order_by(LevyStatement.id)
    parts = levy_dues.parts_of(session, [levy_dues.due_of(row) for row in session.execute(seen)])
    content = levy_dues.dues_file(parts, args["format"])
    return file_response(args["format"], content, f"levy-dues-{args['period']}")


@blueprint.route("/levy-statements/<number>/payments")
@endpoint(needs("payments.books"))
@blueprint.response(200, schemas.LevyDueDetailOut)
def show_levy_payments(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """How far a statement is paid, by channel and month, and all its payments."""
    row = session.execute(levy_dues.dues_seen(actor).where(LevyStatement.number == number)).one_or_none()
    if row is None:
        raise NotFound("levy_statement_not_found", "没有这张对账单")
    [shown] = _rows(session, [levy_dues.due_of(row)])
    return shown | {
        "payments": [_payment(one, number) for one in levy_dues.payments_of(session, row.LevyStatement)]
    }


@blueprint.route("/levy-statements/<number>/payments", methods=["POST"])
@endpoint(needs("payments.books"), idempotent=True)
@blueprint.arguments(schemas.LevyPaymentIn)
@blueprint.response(201, schemas.LevyPaymentOut)
def record_levy_payment(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Either side records a payment of an agreed statement; it waits for another person's check."""
    return _payment(levy_payments.record_payment(session, actor, number, **body), number)


@blueprint.route("/levy-payments/<number>/check", methods=["POST"])
@endpoint(needs("payments.levy_check"), idempotent=True)
@blueprint.response(200, schemas.LevyPaymentOut)
def check_levy_payment(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """The authority found it at the bank or in the books: it settles the operator's debt."""
    return _named(session, levy_payments.check_payment(session, actor, number))


@blueprint.route("/levy-payments/<number>/refusal", methods=["POST"])
@endpoint(needs("payments.levy_check"), idempotent=True)
@blueprint.arguments(schemas.LevyReasonIn)
@blueprint.response(200, schemas.LevyPaymentOut)
def refuse_levy_payment(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The authority did not find it: nothing is booked."""
    return _named(session, levy_payments.refuse_payment(session, actor, number, body["reason"]))


@blueprint.route("/levy-payments/<number>/reversal", methods=["POST"])
@endpoint(needs("payments.levy_check"), idempotent=True)
@blueprint.arguments(schemas.LevyReasonIn)
@blueprint.response(200, schemas.LevyPaymentOut)
def reverse_levy_payment(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """A checked payment that was none is booked back, by another person than who checked it."""
    return _named(session, levy_payments.reverse_payment(session, actor, number, body["reason"]))


def _named(session: Session, payment: LevyPayment) -> dict[str, Any]:
    return _payment(payment, session.get_one(LevyStatement, payment.statement_id).number)


def _payment(payment: LevyPayment, statement: str) -> dict[str, Any]:
    own = set(schemas.LevyPaymentOut().fields) - {"statement", "state_title"}
    return {name: getattr(payment, name) for name in own} | {
        "statement": statement,
        "state_title": localised(PAYMENT.title_of(payment.state)),
    }


def _rows(session: Session, dues: Sequence[Due]) -> list[dict[str, Any]]:
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in levy_dues.parts_of(session, dues):
        parts[one.due.statement.number].append(
            {
                "channel_code": one.channel_code,
                "channel_name": one.channel_name,
                "period": one.period,
                "owed_fen": one.owed_fen,
                "paid_fen": one.paid_fen,
                "left_fen": one.owed_fen - one.paid_fen,
            }
        )
    return [_due(due) | {"parts": parts[due.statement.number]} for due in dues]


def _due(due: Due) -> dict[str, Any]:
    return {
        "statement": due.statement.number,
        "operator_id": due.statement.operator_id,
        "operator_name": due.operator_name,
        "period": due.statement.period,
        "owed_fen": due.owed_fen,
        "paid_fen": due.paid_fen,
        "waiting_fen": due.waiting_fen,
        "left_fen": due.left_fen,
        "due_on": due.statement.due_on,
        "standing": due.standing,
        "standing_title": localised(STANDINGS[due.standing]),
        "is_overdue": due.is_overdue,
    }
