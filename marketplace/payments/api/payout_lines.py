"""Lines of the supervised account's statement that are about payouts."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Payout, PayoutLine
from marketplace.payments.rules.payout_lines import PARKED
from marketplace.payments.schemas import payout_lines as schemas
from marketplace.payments.service import payout_line_work as work

_ADDED = {"is_return", "parked_text", "payout_number"}
_NAMES = set(schemas.PayoutLineOut().fields) - _ADDED


def _line(line: PayoutLine, payout_number: str | None) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _NAMES} | {
        "is_return": line.receipt_id is not None,
        "parked_text": PARKED.get(line.parked_reason or ""),
        "payout_number": payout_number,
    }


def _one(session: Session, line: PayoutLine) -> dict[str, Any]:
    payout = None if line.payout_id is None else session.get_one(Payout, line.payout_id)
    return _line(line, None if payout is None else payout.number)


@blueprint.route("/payout-lines")
@endpoint(needs("payments.settle"))
@blueprint.arguments(schemas.PayoutLineArgs, location="query")
@blueprint.response(200, page_schema(schemas.PayoutLineOut))
def list_payout_lines(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Lines of statements that may be about payouts, newest first; `state=parked` waits for a person."""
    page = page_of(
        session,
        work.lines_seen(actor, state=args["state"]),
        keys=[PayoutLine.id],
        key_of=lambda row: [row.PayoutLine.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page([_line(row.PayoutLine, row.payout_number) for row in page.items], page.next_cursor)


@blueprint.route("/payout-lines/<uuid:line_id>/suggestions")
@endpoint(needs("payments.settle"))
@blueprint.response(200, schemas.PayoutSuggestionsOut)
def suggest_payouts(session: Session, actor: Actor, line_id: uuid.UUID) -> dict[str, Any]:
    """Payouts that a waiting line may be about, best first."""
    return {"items": work.suggest_payouts(session, actor, line_id)}


@blueprint.route("/payout-lines/<uuid:line_id>/match", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.PayoutLineMatchIn)
@blueprint.response(200, schemas.PayoutLineOut)
def match_payout_line(
    session: Session, actor: Actor, body: dict[str, Any], line_id: uuid.UUID
) -> dict[str, Any]:
    """It is about this payout: confirmed, or returned, by it."""
    return _one(session, work.match_line(session, actor, line_id, body["payout_number"]))


@blueprint.route("/payout-lines/<uuid:line_id>/dismissal", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.response(200, schemas.PayoutLineOut)
def dismiss_payout_line(session: Session, actor: Actor, line_id: uuid.UUID) -> dict[str, Any]:
    """It is about no payout."""
    return _one(session, work.dismiss_line(session, actor, line_id))


@blueprint.route("/payout-lines/<uuid:line_id>/reversal", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.PayoutLineReversalIn)
@blueprint.response(200, schemas.PayoutLineOut)
def reverse_payout_line(
    session: Session, actor: Actor, body: dict[str, Any], line_id: uuid.UUID
) -> dict[str, Any]:
    """Take back what it said of its payout; it waits again."""
    return _one(session, work.reverse_line(session, actor, line_id, body["reason"]))
