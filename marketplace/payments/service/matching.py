"""For which orders receipts are: batch by batch, each in a transaction of its own, whatever is certain is booked.

A killed worker leaves whole batches; the next one goes on with what is `new`. Candidates are read without locks, then orders and
receipts are locked and looked at again, and only then it is decided. Source: docs/rules.md, "Receipts and their allocation".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import BANK_TRANSFER
from marketplace.payments.models import Receipt
from marketplace.payments.rules.matching import Decision, Incoming, Open, decide
from marketplace.payments.rules.payers import codes_in
from marketplace.payments.service.candidates import LOOKED_AT, Candidates, find_candidates
from marketplace.payments.service.taking import (
    Kept,
    Part,
    keep,
    lock_receipts,
    settle,
    take,
    write_receipts,
)

AT_ONCE: Final = 1_000
# Columns, not objects: they are read again under their locks.
_NEW: Final = (
    select(*(getattr(Receipt, name) for name in LOOKED_AT)).where(Receipt.state == "new").order_by(Receipt.id)
)


def keep_up() -> int:
    """Match until nothing new is left; how many receipts were looked at. The worker's loop."""
    looked_at = 0
    while True:
        with transaction() as session:
            some = match_next(session)
        if not some:
            return looked_at
        looked_at += some


def match_next(session: Session, limit: int = AT_ONCE) -> int:
    """Decide and book up to `limit` new receipts, oldest first; how many there were."""
    waiting = session.execute(_NEW.limit(limit)).all()
    if not waiting:
        return 0
    found = find_candidates(session, waiting)
    locked = orders.lock_orders(session, found.order_ids)
    receipts = lock_receipts(session, [one.id for one in waiting])
    still_new = [one for one in receipts.values() if one.state == "new"]
    _decide_all(session, still_new, found, locked)
    return len(waiting)


def _decide_all(
    session: Session,
    receipts: Sequence[Receipt],
    found: Candidates,
    locked: Mapping[uuid.UUID, SalesOrder],
) -> None:
    """Decide one receipt after the other, each against what the ones before left of the orders, and book all at once."""
    due = {key: orders.due_fen(order) for key, order in locked.items()}
    parts: list[Part] = []
    kept: list[Kept] = []
    reasons: list[tuple[Receipt, str]] = []
    for receipt in receipts:
        decision = _decide(receipt, found, locked, due)
        for order_id, amount_fen in decision.parts:
            parts.append(Part(receipt, locked[order_id], amount_fen))
            due[order_id] -= amount_fen
        if decision.keep_for is not None:
            kept.append(Kept(receipt, decision.keep_for, decision.keep_fen))
        if decision.parked is not None:
            reasons.append((receipt, decision.parked))
    take(session, parts, None)
    keep(session, kept, None, utcnow())
    for receipt, reason in reasons:
        settle(receipt, reason)
    write_receipts(session, [receipt for receipt, _ in reasons])
    session.flush()


def _decide(
    receipt: Receipt,
    found: Candidates,
    locked: Mapping[uuid.UUID, SalesOrder],
    due: Mapping[uuid.UUID, int],
) -> Decision:
    if receipt.id in found.by_hand:
        return Decision(parked="recorded_by_hand")

    def open_ones(ids: Sequence[uuid.UUID]) -> list[Open]:
        return [open_of(locked[one], receipt, found, due[one]) for one in ids if one in locked]

    by_code = open_ones(found.by_code.get(receipt.id, ()))
    by_payer = open_ones(found.by_payer.get(receipt.payer_key, ())) if not by_code else []
    incoming = Incoming(
        receipt.payer_key,
        receipt.open_fen,
        receipt.arrived_at,
        has_code=bool(codes_in(receipt.memo)),
        is_buyers=receipt.payer_key in found.payers,
    )
    return decide(incoming, by_code, [one for one in by_payer if one.is_holders])


def open_of(order: SalesOrder, receipt: Receipt, found: Candidates, due_fen: int) -> Open:
    """An order as the rules of matching see it, for a receipt."""
    belongs_to = None if order.id in found.supervised else order.producer_organisation_id
    return Open(
        order_id=order.id,
        checkout_id=order.checkout_id,
        buyer_id=order.buyer_id,
        payers=found.payers_of(order),
        placed_at=order.placed_at,
        due_fen=due_fen,
        is_payable=order.state != "cancelled" and order.payment_method in BANK_TRANSFER.serves,
        is_holders=belongs_to == receipt.holder_id,
    )
