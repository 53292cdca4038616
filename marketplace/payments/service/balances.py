"""What a buyer paid too much: kept with the holder for a later order, or until it is given back."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.scope import visible
from marketplace.orders import service as orders
from marketplace.payments.models import BuyerBalance, Payment, Receipt
from marketplace.payments.service.allocation import lock_receipt, require_payee
from marketplace.payments.service.books import reverse
from marketplace.payments.service.receipts import note_taken
from marketplace.payments.service.taking import Kept, Part, keep, lock_receipts, settle, take


def balances_seen(actor: Actor) -> Select[BuyerBalance]:
    """Balances that are the actor's own, or lie in accounts that it may see, unsorted, for a paged list."""
    return select(BuyerBalance).where(
        or_(
            visible(actor, "payments.record", area=BuyerBalance.holder_area, owners=[BuyerBalance.holder_id]),
            visible(actor, "payments.read", area=BuyerBalance.holder_area, owners=[BuyerBalance.buyer_id]),
        )
    )


def keep_for(
    session: Session, actor: Actor, receipt_number: str, buyer_id: uuid.UUID, amount_fen: int
) -> BuyerBalance:
    """Keep so much of a receipt for a buyer. Invalid (`organisation_unknown`), Conflict (`above_open`)."""
    buyer = session.get(Organisation, buyer_id)
    if buyer is None:
        raise Invalid("organisation_unknown", "没有这个单位", pointer="/buyer_id")
    receipt = lock_receipt(session, actor, receipt_number)
    [balance_id] = keep(session, [Kept(receipt, buyer.id, amount_fen)], actor, utcnow())
    balance = session.get_one(BuyerBalance, balance_id)
    _note(session, actor, balance, "kept", amount_fen)
    return balance


def use(session: Session, actor: Actor, number: str, order_number: str, amount_fen: int) -> Payment:
    """Pay an order out of its buyer's balance with the same holder.

    Conflict (`another_buyer`) for an order of somebody else, (`other_payee`) when the money lies with another seller,
    (`above_open`), and those of `mark_paid`.
    """
    order = orders.lock_order(session, order_number)
    orders.require(actor, "payments.record", order, (order.producer_organisation_id,))
    receipt, balance = lock_balance(session, actor, number)
    if balance.buyer_id != order.buyer_id:
        raise Conflict("another_buyer", "余额不属于该订单的采购人")
    require_payee(session, order, balance.holder_id)
    [payment_id] = take(session, [Part(receipt, order, amount_fen, balance)], actor)
    note_taken(session, actor, order, receipt, amount_fen)
    return session.get_one(Payment, payment_id)


def release(session: Session, actor: Actor, number: str) -> Receipt:
    """A balance was kept by mistake: its money waits again. Conflict (`balance_used`) once anything was done with it."""
    receipt, balance = lock_balance(session, actor, number)
    if balance.state != "kept" or balance.open_fen != balance.amount_fen:
        raise Conflict("balance_used", "余额已使用或已撤回")
    balance.open_fen = 0
    balance.state = "released"
    receipt.open_fen += balance.amount_fen
    settle(receipt, "kept_undone")
    session.flush()
    reverse(session, f"balance:{balance.id}", f"released:{balance.id}", utcnow())
    _note(session, actor, balance, "released", balance.amount_fen)
    return receipt


def lock_balance(session: Session, actor: Actor, number: str) -> tuple[Receipt, BuyerBalance]:
    """A balance and the receipt that it came from, both locked, the receipt first. NotFound, Forbidden."""
    found = session.scalar(balances_seen(actor).where(BuyerBalance.number == number))
    if found is None:
        raise NotFound("balance_not_found", "没有这笔余额")
    actor.require("payments.record", area=found.holder_area, owners=(found.holder_id,))
    [receipt] = lock_receipts(session, [found.receipt_id]).values()
    session.refresh(found, with_for_update=True)
    return receipt, found


def _note(session: Session, actor: Actor, balance: BuyerBalance, verb: str, amount_fen: int) -> None:
    audit.record(
        session,
        actor,
        f"payments.balance.{verb}",
        "balance",
        balance.number,
        area_code=balance.holder_area,
        detail={"amount_fen": amount_fen},
    )
