"""What a person of finance does with a receipt that waits: give it to an order, take that back, put it aside, add its papers.

Two at once are told apart by the receipt's lock: the second sees what the first left. Source: docs/rules.md, "Receipts and their
allocation".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.scope import visible
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import BuyerBalance, Payment, Receipt, Transfer
from marketplace.payments.rules import receiving
from marketplace.payments.rules.kinds import checked_voucher
from marketplace.payments.service.books import post, reverse
from marketplace.payments.service.collection import keepers, mode_of
from marketplace.payments.service.receipts import note_taken
from marketplace.payments.service.supervised import holder_for
from marketplace.payments.service.taking import Part, lock_receipts, settle, take

#: Why money is none of ours, with the words that people read.
ASIDE: Final = {
    "other_business": "本平台以外的业务收入",
    "recorded_otherwise": "已按其他凭证登记(如公务卡、国库支付)",
    "card_settlement": "收单机构清算款",
    "interest": "利息等银行款项",
    "payout_returned": "付款退票",
}


def receipts_seen(actor: Actor) -> Select[Receipt]:
    """Receipts of the accounts that an actor may see, unsorted, for a paged list."""
    return select(Receipt).where(
        visible(actor, "payments.record", area=Receipt.holder_area, owners=[Receipt.holder_id])
    )


def receipt_of(session: Session, actor: Actor, number: str) -> Receipt:
    """One receipt; NotFound when there is none or the actor may not see it."""
    found = session.scalar(receipts_seen(actor).where(Receipt.number == number))
    if found is None:
        raise NotFound("receipt_not_found", "没有这笔到账")
    return found


def lock_receipt(session: Session, actor: Actor, number: str) -> Receipt:
    """As `receipt_of`, locked; whoever needs an order too has locked it before."""
    return lock_receipts(session, [receipt_of(session, actor, number).id]).popitem()[1]


def require_payee(session: Session, order: SalesOrder, holder: uuid.UUID | None) -> None:
    """The account in which money arrived must be that of the order's seller: contract, invoice and payee are one.

    Conflict (`other_payee`) otherwise.
    """
    if holder_for(session, order) != holder:
        raise Conflict("other_payee", "到账账户不是该订单的收款人")


def allocate(
    session: Session, actor: Actor, receipt_number: str, order_number: str, amount_fen: int
) -> Payment:
    """Give so much of a receipt to an order. Conflict (`above_open`, `other_payee`, and those of `mark_paid`)."""
    order = orders.lock_order(session, order_number)
    orders.require(actor, "payments.record", order, keepers(mode_of(session, order), order))
    receipt = lock_receipt(session, actor, receipt_number)
    require_payee(session, order, receipt.holder_id)
    [payment_id] = take(session, [Part(receipt, order, amount_fen)], actor)
    note_taken(session, actor, order, receipt, amount_fen)
    return session.get_one(Payment, payment_id)


def undo(session: Session, actor: Actor, payment_id: uuid.UUID, reason: str) -> Payment:
    """Take a payment back from its order: it was not this order's. The money waits again, or is the balance's again.

    Conflict (`not_of_a_receipt`) for a payment by a gateway, (`booked_before_receipts`) for one that was booked when receipts did
    not exist, (`already_reversed`) a second time, and what `orders.service.unmark_paid` refuses.
    """
    order, payment, receipt = _lock_payment(session, actor, payment_id)
    orders.unmark_paid(session, order, payment.amount_fen, actor, reason=reason)
    _give_back(session, payment, receipt)
    _mark_reversed(session, actor, order, payment, reason)
    return payment


def exchange(
    session: Session, actor: Actor, payment_id: uuid.UUID, receipt_number: str, reason: str
) -> Payment:
    """Let another receipt stand where a payment's stood: the order stays as paid as it was, whatever has counted.

    For money that was given to the wrong order: this order's own came, too. Conflict (`above_open`) when the other receipt has
    less, (`other_payee`), and as `undo`; the order is not asked, since nothing changes for it.
    """
    other = receipt_of(session, actor, receipt_number)
    order, payment, receipt = _lock_payment(session, actor, payment_id, other.id)
    if other.id == receipt.id:
        raise Conflict("same_receipt", "换用的到账与原到账相同")
    require_payee(session, order, other.holder_id)
    if payment.amount_fen > other.open_fen:
        raise Conflict("above_open", "金额超过可用余额", open_fen=other.open_fen)
    _give_back(session, payment, receipt)
    _mark_reversed(session, actor, order, payment, reason)
    other.open_fen -= payment.amount_fen
    settle(other)
    now = utcnow()
    replacing = Payment(
        order_id=order.id,
        method=other.kind,
        reference=other.reference,
        payer_name=other.payer_name,
        amount_fen=payment.amount_fen,
        paid_at=other.arrived_at,
        recorded_by=actor.audit_id,
        recorded_at=now,
        receipt_id=other.id,
    )
    session.add(replacing)
    session.flush()
    legs = receiving.allocated(
        order.id, order.buyer_id, other.holder_id, payment.amount_fen, of_balance=False
    )
    post(session, {f"payment:{replacing.id}": legs}, now, is_demo=other.is_demo)
    orders.note(session, order, "payment_exchanged", actor, now, amount_fen=payment.amount_fen, reason=reason)
    note_taken(session, actor, order, other, payment.amount_fen)
    return replacing


def _lock_payment(
    session: Session, actor: Actor, payment_id: uuid.UUID, *others: uuid.UUID
) -> tuple[SalesOrder, Payment, Receipt]:
    """The order, then the receipt, of a payment, locked with `others`; the payment as it is under the order's lock."""
    known = session.get(Payment, payment_id)
    if known is None:
        raise NotFound("payment_not_found", "没有这笔收款")
    order = orders.lock_order_by_id(session, known.order_id)
    orders.require(actor, "payments.record", order, keepers(mode_of(session, order), order))
    session.refresh(known)
    if known.receipt_id is None:
        raise Conflict("not_of_a_receipt", "该收款不是银行到账")
    if known.state == "reversed":
        raise Conflict("already_reversed", "该笔已冲正")
    if not session.scalar(select(exists().where(Transfer.event == f"payment:{known.id}"))):
        raise Conflict("booked_before_receipts", "该收款登记于启用到账账簿之前，不能撤销")
    receipts = lock_receipts(session, {known.receipt_id, *others})
    return order, known, receipts[known.receipt_id]


def _give_back(session: Session, payment: Payment, receipt: Receipt) -> None:
    """Reverse the payment's transfers; its money is where it came from."""
    if payment.balance_id is None:
        receipt.open_fen += payment.amount_fen
        settle(receipt, "undone")
    else:
        balance = session.get_one(BuyerBalance, payment.balance_id, with_for_update=True)
        balance.open_fen += payment.amount_fen
    reverse(session, f"payment:{payment.id}", f"undo:{payment.id}", utcnow())


def _mark_reversed(session: Session, actor: Actor, order: SalesOrder, payment: Payment, reason: str) -> None:
    payment.state = "reversed"
    payment.reversed_by = actor.audit_id
    payment.reversed_at = utcnow()
    payment.reversal_reason = reason
    session.flush()
    audit.record(
        session,
        actor,
        "payments.payment.reversed",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"amount_fen": payment.amount_fen, "payment": str(payment.id)},
    )


def set_aside(session: Session, actor: Actor, number: str, reason: str) -> Receipt:
    """What is open of a receipt is none of ours. Invalid (`aside_reason`), Conflict (`nothing_open`, `already_aside`)."""
    if reason not in ASIDE:
        raise Invalid("aside_reason", "没有这个原因", pointer="/reason")
    receipt = lock_receipt(session, actor, number)
    if receipt.open_fen == 0:
        raise Conflict("nothing_open", "该笔到账没有待处理金额")
    if receipt.aside_fen:
        raise Conflict("already_aside", "该笔到账已有搁置金额，请先撤回")
    amount_fen, receipt.open_fen = receipt.open_fen, 0
    receipt.aside_fen, receipt.aside_reason = amount_fen, reason
    receipt.aside_no += 1
    settle(receipt)
    session.flush()
    legs = receiving.set_aside(receipt.holder_id, amount_fen)
    post(session, {_aside(receipt): legs}, utcnow(), is_demo=receipt.is_demo)
    _note(session, actor, receipt, "set_aside", amount_fen=amount_fen, reason=reason)
    return receipt


def take_up_again(session: Session, actor: Actor, number: str) -> Receipt:
    """What was set aside is ours after all: it waits again. Conflict (`not_set_aside`) when nothing was."""
    receipt = lock_receipt(session, actor, number)
    if receipt.aside_fen == 0:
        raise Conflict("not_set_aside", "该笔到账没有搁置")
    receipt.open_fen += receipt.aside_fen
    receipt.aside_fen, receipt.aside_reason = 0, None
    settle(receipt, "undone")
    session.flush()
    reverse(session, _aside(receipt), f"{_aside(receipt)}:undone", utcnow())
    _note(session, actor, receipt, "taken_up")
    return receipt


def add_voucher(
    session: Session, actor: Actor, number: str, kind: str, voucher: Mapping[str, str]
) -> Receipt:
    """Say by what means a receipt came, with the papers of that means: the bank's line of a treasury payment, say."""
    papers = checked_voucher(kind, voucher)
    receipt = lock_receipt(session, actor, number)
    receipt.kind, receipt.voucher = kind, papers
    session.flush()
    _note(session, actor, receipt, "classified", kind=kind)
    return receipt


def _aside(receipt: Receipt) -> str:
    return f"aside:{receipt.id}:{receipt.aside_no}"


def _note(session: Session, actor: Actor, receipt: Receipt, verb: str, **detail: Any) -> None:
    audit.record(
        session,
        actor,
        f"payments.receipt.{verb}",
        "receipt",
        receipt.number,
        area_code=receipt.holder_area,
        detail=detail,
    )
