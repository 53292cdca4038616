"""Money that goes back to who paid it, because it was for nothing or too much: asked for, and confirmed by a second person.

A refund is another thing: it gives back what was paid for goods. Whoever asked may not confirm; the bank's number of the
outgoing transfer is used once. Source: docs/rules.md, "Receipts and their allocation".
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.scope import visible
from marketplace.core.states import StateMachine
from marketplace.payments.models import BuyerBalance, Receipt, Repayment
from marketplace.payments.rules import receiving
from marketplace.payments.rules.accounts import Side
from marketplace.payments.service.allocation import lock_receipt
from marketplace.payments.service.balances import lock_balance
from marketplace.payments.service.books import post
from marketplace.payments.service.taking import lock_receipts, settle

REPAYMENT: Final = StateMachine(
    "repayment",
    {"requested": ("confirmed", "withdrawn"), "confirmed": (), "withdrawn": ()},
    initial="requested",
    titles={"requested": "待退回付款人", "confirmed": "已退回付款人", "withdrawn": "已撤回"},
)
_USED: Final = {
    "uq_repayment_holder_id_reference": AlreadyExists(
        "reference_already_used", "该银行流水号已用于另一笔退回"
    )
}


def ask_from_receipt(session: Session, actor: Actor, number: str, amount_fen: int, reason: str) -> Repayment:
    """Ask for so much of a receipt to go back to its payer. Conflict (`above_open`)."""
    receipt = lock_receipt(session, actor, number)
    _spend(receipt, amount_fen)
    settle(receipt)
    return _ask(session, actor, receipt, None, amount_fen, reason)


def ask_from_balance(session: Session, actor: Actor, number: str, amount_fen: int, reason: str) -> Repayment:
    """Ask for so much of a buyer's balance to go back to who had paid it. Conflict (`above_open`)."""
    receipt, balance = lock_balance(session, actor, number)
    _spend(balance, amount_fen)
    return _ask(session, actor, receipt, balance, amount_fen, reason)


def _spend(source: Receipt | BuyerBalance, amount_fen: int) -> None:
    if amount_fen < 1:
        raise Invalid("amount_fen", "金额应大于零", pointer="/amount_fen")
    if amount_fen > source.open_fen:
        raise Conflict("above_open", "金额超过可用余额", open_fen=source.open_fen)
    source.open_fen -= amount_fen


def _ask(
    session: Session,
    actor: Actor,
    receipt: Receipt,
    balance: BuyerBalance | None,
    amount_fen: int,
    reason: str,
) -> Repayment:
    asked = Repayment(
        id=uuid7(),
        number=readable_number("G"),
        receipt_id=receipt.id,
        balance_id=balance.id if balance else None,
        holder_id=receipt.holder_id,
        holder_area=receipt.holder_area,
        amount_fen=amount_fen,
        reason=reason,
        state=REPAYMENT.initial,
        requested_by=actor.audit_id,
        requested_by_person=None if actor.is_system else actor.person_id,
        requested_at=utcnow(),
        is_demo=receipt.is_demo,
    )
    session.add(asked)
    session.flush()
    _note(session, actor, asked)
    return asked


def confirm(session: Session, actor: Actor, number: str, reference: str) -> Repayment:
    """The bank has paid it back: requested → confirmed. Forbidden (`same_person`) for who asked."""
    asked, _ = _lock(session, actor, number)
    REPAYMENT.require(asked.state, "confirmed")
    actor.require_other_person(asked.requested_by_person, what="退回申请人与确认人")
    asked.state = "confirmed"
    asked.reference = reference
    asked.decided_by = actor.audit_id
    asked.decided_at = utcnow()
    with refusing(_USED):
        session.flush()
    source = receiving.waiting(asked.holder_id)
    if asked.balance_id is not None:
        balance = session.get_one(BuyerBalance, asked.balance_id)
        source = Side("buyer_balance", balance.buyer_id)
    legs = receiving.given_back(source, asked.holder_id, asked.amount_fen)
    post(session, {f"repayment:{asked.id}": legs}, asked.decided_at, is_demo=asked.is_demo)
    _note(session, actor, asked)
    return asked


def withdraw(session: Session, actor: Actor, number: str) -> Repayment:
    """It will not go back after all: requested → withdrawn, and the money is where it was."""
    asked, receipt = _lock(session, actor, number)
    REPAYMENT.require(asked.state, "withdrawn")
    asked.state = "withdrawn"
    asked.decided_by = actor.audit_id
    asked.decided_at = utcnow()
    if asked.balance_id is None:
        receipt.open_fen += asked.amount_fen
        settle(receipt, "undone")
    else:
        balance = session.get_one(BuyerBalance, asked.balance_id, with_for_update=True)
        balance.open_fen += asked.amount_fen
    session.flush()
    _note(session, actor, asked)
    return asked


def repayments_seen(actor: Actor) -> Select[Repayment]:
    """Repayments out of the accounts that an actor may see, unsorted, for a paged list."""
    return select(Repayment).where(
        visible(actor, "payments.refund", area=Repayment.holder_area, owners=[Repayment.holder_id])
    )


def _lock(session: Session, actor: Actor, number: str) -> tuple[Repayment, Receipt]:
    """A repayment under the lock of its receipt, so that it is decided once."""
    asked = session.scalar(repayments_seen(actor).where(Repayment.number == number))
    if asked is None:
        raise NotFound("repayment_not_found", "没有这笔退回")
    [receipt] = lock_receipts(session, [asked.receipt_id]).values()
    session.refresh(asked)
    return asked, receipt


def _note(session: Session, actor: Actor, asked: Repayment) -> None:
    audit.record(
        session,
        actor,
        f"payments.repayment.{asked.state}",
        "repayment",
        asked.number,
        area_code=asked.holder_area,
        detail={"amount_fen": asked.amount_fen},
    )
