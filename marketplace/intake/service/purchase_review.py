"""Verifying a declared purchase: 审核 is another person of another organisation; then it enters the books as any report does.

All of its lines enter or none: a row that the books would not take refuses the verification with its reason.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core.actor import Actor
from marketplace.core.errors import Conflict
from marketplace.intake.models import Batch, Purchase, PurchaseLine, PurchasePaper, RowOutcome
from marketplace.intake.rules.adapters import adapter_of
from marketplace.intake.rules.purchases import ADAPTER, HOLDING, STATES
from marketplace.intake.rules.rows import REASONS
from marketplace.intake.rules.shapes import Record
from marketplace.intake.service.process import process_batch
from marketplace.intake.service.purchase_reading import declared_by, find, lines_of, step, verified_by
from marketplace.intake.service.purchases import take_part
from marketplace.intake.service.uploads import hand_in_rows

DECISIONS: Final = ("verified", "returned", "refused")


def review(session: Session, actor: Actor, number: str, decision: str, opinion: str) -> Purchase:
    """Decide on it. Forbidden (``same_person``, ``own_organisation``), IllegalTransition, Conflict (``purchase_rows``)."""
    purchase = find(session, actor, number, lock=True)
    actor.require("intake.verify", area=purchase.area_code)
    STATES.require(purchase.state, decision)
    actor.require_other_person(*declared_by(session, purchase), what="经办与审核")
    actor.require_other_organisation(purchase.declarant_id)
    if decision == "verified":
        purchase.batch_id = _enter(session, actor, purchase, "sale").id
    elif purchase.state in HOLDING:
        take_part(session, purchase.paper_id, -purchase.amount_fen)
    step(session, actor, purchase, decision, opinion=opinion)
    return purchase


def revoke(session: Session, actor: Actor, number: str, opinion: str) -> Purchase:
    """What was verified in error is taken back from the books by reversing entries; another person than the one who verified."""
    purchase = find(session, actor, number, lock=True)
    actor.require("intake.verify", area=purchase.area_code)
    STATES.require(purchase.state, "revoked")
    actor.require_other_person(
        *declared_by(session, purchase), *verified_by(session, purchase), what="审核与撤销"
    )
    actor.require_other_organisation(purchase.declarant_id)
    _enter(session, actor, purchase, "cancellation")
    take_part(session, purchase.paper_id, -purchase.amount_fen)
    step(session, actor, purchase, "revoked", opinion=opinion)
    return purchase


def _enter(session: Session, actor: Actor, purchase: Purchase, action: str) -> Batch:
    """Its lines as a batch of the channel, read at once. Conflict (``purchase_rows``) unless all were taken."""
    channel = session.get_one(Channel, purchase.channel_id)
    declarant = session.get_one(Organisation, purchase.declarant_id)
    paper = session.get_one(PurchasePaper, purchase.paper_id)
    lines = lines_of(session, purchase)
    rows = [(line.line_no, _record(purchase, declarant, paper, line, action)) for line in lines]
    batch = hand_in_rows(session, actor, channel, adapter_of(ADAPTER), rows).batch
    process_batch(session, {"batch_id": str(batch.id)})
    session.refresh(batch)
    if batch.accepted != len(rows):
        apart = session.scalars(
            select(RowOutcome).where(RowOutcome.batch_id == batch.id).order_by(RowOutcome.row_no)
        )
        raise Conflict(
            "purchase_rows",
            "有明细不能入账",
            rows=[f"{one.row_no}: {REASONS.get(one.reason or '', one.outcome)}" for one in apart],
        )
    return batch


def _record(
    purchase: Purchase, declarant: Organisation, paper: PurchasePaper, line: PurchaseLine, action: str
) -> Record:
    brokered = purchase.kind == "brokered_sale"
    return {
        "purchase": purchase.number,
        "line": str(line.line_no),
        "action": action,
        "bought_on": purchase.bought_on.isoformat(),
        "amount_fen": str(line.amount_fen),
        "quantity": format(Decimal(line.quantity_milli).scaleb(-3).normalize(), "f"),
        "weight_kg": None
        if line.weight_g is None
        else format(Decimal(line.weight_g).scaleb(-3).normalize(), "f"),
        "catalogue_no": line.catalogue_no,
        "gtin": line.gtin,
        "goods_name": line.goods_name,
        "spec": line.spec,
        "seller_uscc": paper.seller_uscc,
        "seller_name": paper.seller_name,
        "buyer_uscc": purchase.buyer_uscc if brokered else declarant.uscc,
        "broker_uscc": declarant.uscc if brokered else None,
        "fund_source": purchase.fund_source,
        "invoice": f"{paper.code}{paper.paper_no}",
    }
