"""Receipts that wait, and what finance does with them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Payment, Receipt
from marketplace.payments.schemas import receipts as received
from marketplace.payments.schemas import waiting as schemas
from marketplace.payments.service import allocation, suggestions


@blueprint.route("/receipts")
@endpoint(needs("payments.record"))
@blueprint.arguments(schemas.ReceiptArgs, location="query")
@blueprint.response(200, page_schema(schemas.ReceiptOut))
def list_receipts(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Receipts of the accounts one may see, oldest first; `state=parked` is the queue of those that wait for a person."""
    wanted = allocation.receipts_seen(actor)
    for name, column in (
        ("organisation_id", Receipt.holder_id),
        ("statement_id", Receipt.statement_id),
        ("state", Receipt.state),
    ):
        if args[name] is not None:
            wanted = wanted.where(column == args[name])
    return page_of(session, wanted, keys=[Receipt.id], key_of=lambda row: [row.id], args=args)


@blueprint.route("/receipts/<number>")
@endpoint(needs("payments.record"))
@blueprint.response(200, schemas.ReceiptOut)
def get_receipt(session: Session, actor: Actor, number: str) -> Receipt:
    """One receipt."""
    return allocation.receipt_of(session, actor, number)


@blueprint.route("/receipts/<number>/suggestions")
@endpoint(needs("payments.record"))
@blueprint.response(200, schemas.SuggestionListOut)
def list_suggestions(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Orders that a receipt may be for, best first, each with what speaks for it and against it."""
    return {"items": suggestions.suggest(session, actor, number)}


@blueprint.route("/receipts/<number>/allocations", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.AllocationIn)
@blueprint.response(201, received.PaymentOut)
def allocate(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Payment:
    """Give so much of a receipt to an order; never more than it has or the order owes."""
    return allocation.allocate(session, actor, number, body["order_number"], body["amount_fen"])


@blueprint.route("/payments/<uuid:payment_id>/reversal", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.ReasonIn)
@blueprint.response(200, received.PaymentOut)
def reverse(session: Session, actor: Actor, body: dict[str, Any], payment_id: uuid.UUID) -> Payment:
    """Take a payment back from its order; refused once the sale has counted."""
    return allocation.undo(session, actor, payment_id, body["reason"])


@blueprint.route("/payments/<uuid:payment_id>/exchange", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.ExchangeIn)
@blueprint.response(201, received.PaymentOut)
def exchange(session: Session, actor: Actor, body: dict[str, Any], payment_id: uuid.UUID) -> Payment:
    """Let another receipt stand in a payment's place; nothing changes for the order."""
    return allocation.exchange(session, actor, payment_id, body["receipt_number"], body["reason"])


@blueprint.route("/receipts/<number>/set-aside", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.AsideIn)
@blueprint.response(200, schemas.ReceiptOut)
def set_aside(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Receipt:
    """What is open of a receipt is none of ours."""
    return allocation.set_aside(session, actor, number, body["reason"])


@blueprint.route("/receipts/<number>/taking-up", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.response(200, schemas.ReceiptOut)
def take_up(session: Session, actor: Actor, number: str) -> Receipt:
    """What was set aside waits again."""
    return allocation.take_up_again(session, actor, number)


@blueprint.route("/receipts/<number>/voucher", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.VoucherIn)
@blueprint.response(200, schemas.ReceiptOut)
def add_voucher(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Receipt:
    """Say by what means a receipt came (公务卡, 国库集中支付), with the papers."""
    return allocation.add_voucher(session, actor, number, body["kind"], body["voucher"])
