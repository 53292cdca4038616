"""How money is collected: supervised accounts, commission, one payment for a whole checkout."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, PageArgs, endpoint, needs, page_of, page_schema
from marketplace.orders import service as orders
from marketplace.payments import service
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import CommissionAgreement, SupervisedAgreement
from marketplace.payments.schemas import collection as schemas
from marketplace.payments.schemas.receipts import PaymentListOut
from marketplace.payments.service import agreements


def _supervised(row: SupervisedAgreement) -> dict[str, Any]:
    names = set(schemas.SupervisedOut().fields) - {"account"}
    return {name: getattr(row, name) for name in names} | {"account": agreements.masked_account(row)}


@blueprint.route("/checkouts/<number>/receipts", methods=["POST"])
@endpoint(needs("payments.record"), idempotent=True)
@blueprint.arguments(schemas.CheckoutReceiptIn)
@blueprint.response(201, PaymentListOut)
def receive_checkout(session: Session, actor: Actor, body: dict[str, Any], number: str) -> dict[str, Any]:
    """One payment into a supervised account for all its orders of a checkout, split exactly."""
    return {"items": service.receive_for_checkout(session, actor, number, **body)}


@blueprint.route("/supervised-agreements")
@endpoint(needs("payments.settle"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.SupervisedOut))
def list_supervised(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Supervised accounts, newest first."""
    page = page_of(
        session,
        agreements.listing(SupervisedAgreement),
        keys=[SupervisedAgreement.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )
    return Page([_supervised(row) for row in page.items], page.next_cursor)


@blueprint.route("/supervised-agreements", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.SupervisedIn)
@blueprint.response(201, schemas.SupervisedOut)
def propose_supervised(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Propose a bank's supervised account; it holds when a second person has approved it."""
    return _supervised(agreements.propose_supervised(session, actor, **body))


@blueprint.route("/supervised-agreements/<uuid:agreement_id>/decision", methods=["POST"])
@endpoint(needs("payments.settle_approve"), idempotent=True)
@blueprint.arguments(schemas.AgreementDecisionIn)
@blueprint.response(200, schemas.SupervisedOut)
def decide_supervised(
    session: Session, actor: Actor, body: dict[str, Any], agreement_id: uuid.UUID
) -> dict[str, Any]:
    """Approve or refuse, as another person. Orders placed before keep what they had."""
    row = agreements.decide(session, actor, SupervisedAgreement, agreement_id, approve=body["approve"])
    return _supervised(row)


@blueprint.route("/supervised-agreements/<uuid:agreement_id>/end", methods=["POST"])
@endpoint(needs("payments.settle_approve"), idempotent=True)
@blueprint.arguments(schemas.AgreementEndIn)
@blueprint.response(200, schemas.SupervisedOut)
def end_supervised(
    session: Session, actor: Actor, body: dict[str, Any], agreement_id: uuid.UUID
) -> dict[str, Any]:
    """Let it end before a day to come; orders placed before keep what they had."""
    return _supervised(agreements.end(session, actor, SupervisedAgreement, agreement_id, **body))


@blueprint.route("/orders/<number>/collection")
@endpoint(needs("payments.read"))
@blueprint.response(200, schemas.CollectionOut)
def show_collection(session: Session, actor: Actor, number: str) -> dict[str, Any]:
    """Where the order's money goes, as frozen when it was placed."""
    found = agreements.account_to_pay(session, orders.read_order(session, actor, number))
    if found is None:
        return {"mode": "direct", "document_no": None, "bank_name": None, "account": None}
    agreement, account = found
    return {
        "mode": "supervised",
        "document_no": agreement.document_no,
        "bank_name": agreement.bank_name,
        "account": account,
    }


@blueprint.route("/commission-agreements")
@endpoint(needs("payments.settle"))
@blueprint.arguments(PageArgs, location="query")
@blueprint.response(200, page_schema(schemas.CommissionOut))
def list_commissions(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Commission agreements, newest first."""
    return page_of(
        session,
        agreements.listing(CommissionAgreement),
        keys=[CommissionAgreement.id],
        key_of=lambda row: [row.id],
        args=args,
        descending=True,
    )


@blueprint.route("/commission-agreements", methods=["POST"])
@endpoint(needs("payments.settle"), idempotent=True)
@blueprint.arguments(schemas.CommissionIn)
@blueprint.response(201, schemas.CommissionOut)
def propose_commission(session: Session, actor: Actor, body: dict[str, Any]) -> CommissionAgreement:
    """Propose a commission on what sells through an operator's channels or in an area."""
    return agreements.propose_commission(session, actor, **body)


@blueprint.route("/commission-agreements/<uuid:agreement_id>/decision", methods=["POST"])
@endpoint(needs("payments.settle_approve"), idempotent=True)
@blueprint.arguments(schemas.AgreementDecisionIn)
@blueprint.response(200, schemas.CommissionOut)
def decide_commission(
    session: Session, actor: Actor, body: dict[str, Any], agreement_id: uuid.UUID
) -> CommissionAgreement:
    """Approve or refuse, as another person."""
    return agreements.decide(session, actor, CommissionAgreement, agreement_id, approve=body["approve"])


@blueprint.route("/commission-agreements/<uuid:agreement_id>/end", methods=["POST"])
@endpoint(needs("payments.settle_approve"), idempotent=True)
@blueprint.arguments(schemas.AgreementEndIn)
@blueprint.response(200, schemas.CommissionOut)
def end_commission(
    session: Session, actor: Actor, body: dict[str, Any], agreement_id: uuid.UUID
) -> CommissionAgreement:
    """Let it end before a day to come; lines placed before keep what they had."""
    return agreements.end(session, actor, CommissionAgreement, agreement_id, **body)
