"""Balances of buyers, money that goes back, and who may pay for whom."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, needs, page_of, page_schema
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import BuyerBalance, DeclaredPayer, Payment, Receipt, Repayment
from marketplace.payments.schemas import receipts as received
from marketplace.payments.schemas import waiting as schemas
from marketplace.payments.service import balances, payers, repayments


@blueprint.route("/receipts/<number>/balances", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.KeepIn)
@blueprint.response(201, schemas.BuyerBalanceOut)
def keep(session: Session, actor: Actor, body: dict[str, Any], number: str) -> BuyerBalance:
    """Keep so much of a receipt for a buyer, to be used or given back later."""
    return balances.keep_for(session, actor, number, body["buyer_id"], body["amount_fen"])


@blueprint.route("/balances")
@endpoint(needs("payments.read"))
@blueprint.arguments(schemas.BalanceArgs, location="query")
@blueprint.response(200, page_schema(schemas.BuyerBalanceOut))
def list_balances(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """One's own balances, and those in the accounts that one keeps, oldest first."""
    wanted = balances.balances_seen(actor)
    if args["buyer_id"] is not None:
        wanted = wanted.where(BuyerBalance.buyer_id == args["buyer_id"])
    return page_of(session, wanted, keys=[BuyerBalance.id], key_of=lambda row: [row.id], args=args)


@blueprint.route("/balances/<number>/allocations", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.AllocationIn)
@blueprint.response(201, received.PaymentOut)
def use(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Payment:
    """Pay an order out of its buyer's balance with the same seller."""
    return balances.use(session, actor, number, body["order_number"], body["amount_fen"])


@blueprint.route("/balances/<number>/release", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.response(200, schemas.ReceiptOut)
def release(session: Session, actor: Actor, number: str) -> Receipt:
    """A balance was kept by mistake: its money waits again."""
    return balances.release(session, actor, number)


@blueprint.route("/receipts/<number>/repayments", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.RepaymentIn)
@blueprint.response(201, schemas.RepaymentOut)
def repay_receipt(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Repayment:
    """Ask for so much of a receipt to go back to its payer; a second person confirms."""
    return repayments.ask_from_receipt(session, actor, number, body["amount_fen"], body["reason"])


@blueprint.route("/balances/<number>/repayments", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.RepaymentIn)
@blueprint.response(201, schemas.RepaymentOut)
def repay_balance(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Repayment:
    """Ask for so much of a balance to be given back; a second person confirms."""
    return repayments.ask_from_balance(session, actor, number, body["amount_fen"], body["reason"])


@blueprint.route("/repayments")
@endpoint(needs("payments.refund"))
@blueprint.arguments(schemas.RepaymentArgs, location="query")
@blueprint.response(200, page_schema(schemas.RepaymentOut))
def list_repayments(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Repayments out of the accounts one may see, newest first."""
    wanted = repayments.repayments_seen(actor)
    if args["state"] is not None:
        wanted = wanted.where(Repayment.state == args["state"])
    return page_of(
        session, wanted, keys=[Repayment.id], key_of=lambda row: [row.id], args=args, descending=True
    )


@blueprint.route("/repayments/<number>/confirmation", methods=["POST"])
@endpoint(needs("payments.refund"), idempotent=True)
@blueprint.arguments(schemas.RepaymentConfirmIn)
@blueprint.response(200, schemas.RepaymentOut)
def confirm(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Repayment:
    """The bank has paid it back; never by who asked for it."""
    return repayments.confirm(session, actor, number, body["reference"])


@blueprint.route("/repayments/<number>/withdrawal", methods=["POST"])
@endpoint(needs("payments.refund"), idempotent=True)
@blueprint.response(200, schemas.RepaymentOut)
def withdraw(session: Session, actor: Actor, number: str) -> Repayment:
    """It will not go back after all."""
    return repayments.withdraw(session, actor, number)


@blueprint.route("/declared-payers", methods=["POST"])
@endpoint(needs("payments.declare_payer"), idempotent=True)
@blueprint.arguments(schemas.PayerIn)
@blueprint.response(201, schemas.PayerOut)
def declare(session: Session, actor: Actor, body: dict[str, Any]) -> DeclaredPayer:
    """Declare that money under another name is a buyer's (代付备案)."""
    return payers.declare(session, actor, body["buyer_id"], body["payer_name"], body["reason"])


@blueprint.route("/declared-payers")
@endpoint(needs("payments.declare_payer"))
@blueprint.arguments(schemas.PayerArgs, location="query")
@blueprint.response(200, page_schema(schemas.PayerOut))
def list_declared(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Declarations one may see, oldest first."""
    wanted = payers.declared_seen(actor)
    if args["buyer_id"] is not None:
        wanted = wanted.where(DeclaredPayer.buyer_id == args["buyer_id"])
    return page_of(session, wanted, keys=[DeclaredPayer.id], key_of=lambda row: [row.id], args=args)


@blueprint.route("/declared-payers/<uuid:payer_id>/end", methods=["POST"])
@endpoint(needs("payments.declare_payer"), idempotent=True)
@blueprint.response(200, schemas.PayerOut)
def end_declaration(session: Session, actor: Actor, payer_id: uuid.UUID) -> DeclaredPayer:
    """From now on that name is no longer the buyer's."""
    return payers.end(session, actor, payer_id)
