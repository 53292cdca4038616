"""Payouts: lists for the bank, and what became of them."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.formats import MEDIA_TYPES
from marketplace.core.http import Page, endpoint, file_response, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Payout, SettlementRun
from marketplace.payments.schemas import payouts as schemas
from marketplace.payments.service import payout_outcomes, payouts
from marketplace.payments.service.payout_file import write_payout_file
from marketplace.payments.service.settlement_reading import payouts_seen


def _payout(payout: Payout, run_number: str, producer_name: str) -> dict[str, Any]:
    names = set(schemas.PayoutOut().fields) - {"settlement_number", "producer_name"}
    return {name: getattr(payout, name) for name in names} | {
        "settlement_number": run_number,
        "producer_name": producer_name,
    }


def _one(session: Session, payout: Payout) -> dict[str, Any]:
    run = session.get_one(SettlementRun, payout.run_id)
    return _payout(payout, run.number, session.get_one(Organisation, payout.producer_organisation_id).name)


@blueprint.route("/payouts")
@endpoint(needs("payments.settlements"))
@blueprint.arguments(schemas.PayoutListArgs, location="query")
@blueprint.response(200, page_schema(schemas.PayoutOut))
def list_payouts(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Payouts that one may see, newest first."""
    page = page_of(
        session,
        payouts_seen(actor, state=args["state"]),
        keys=[Payout.id],
        key_of=lambda row: [row.Payout.id],
        args=args,
        descending=True,
        scalars=False,
    )
    return Page(
        [_payout(row.Payout, row.run_number, row.producer_name) for row in page.items], page.next_cursor
    )


@blueprint.route("/payout-files", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.PayoutFileIn)
@blueprint.response(201, schemas.PayoutFileOut)
def send_payouts(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Make a list for the bank of these payouts, or of all that are prepared; from now on they are on their way."""
    sent = payouts.send(session, actor, body["numbers"])
    file = sent.file
    return {
        "number": file.number,
        "payouts": file.payouts,
        "amount_fen": file.amount_fen,
        "made_at": file.made_at,
        "without_account": list(sent.without_account),
    }


@blueprint.route("/payout-files/<number>")
@endpoint(needs("payments.settle"))
@blueprint.arguments(schemas.PayoutFileArgs, location="query")
@blueprint.response(200, content_type=MEDIA_TYPES["xlsx"])
def take_payout_file(session: Session, actor: Actor, args: dict[str, Any], number: str) -> Response:
    """The list as the bank takes it, with accounts in full; each reading is recorded."""
    file, body = write_payout_file(session, actor, number, layout=args["layout"], file_format=args["format"])
    return file_response(args["format"], body, file.number)


@blueprint.route("/payouts/<number>/confirmation", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.PayoutConfirmIn)
@blueprint.response(200, schemas.PayoutOut)
def confirm_payout(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """The bank paid it."""
    return _one(session, payout_outcomes.confirm(session, actor, number, **body))


@blueprint.route("/payouts/<number>/return", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.PayoutReturnIn)
@blueprint.response(200, schemas.PayoutOut)
def return_payout(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """退票: owed again, to be sent once more; the second time its money waits for the next run."""
    return _one(session, payout_outcomes.give_back(session, actor, number, reason=body["reason"]))
