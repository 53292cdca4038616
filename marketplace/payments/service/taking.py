"""The one way in which money of a receipt comes to orders: a receipt's part becomes a payment, the order hears, the books too.

By hand, by the matching of statements, out of a balance: all of them end here. Orders are locked first, then receipts, both in
the order of their ids, so nobody waits in a circle; what a receipt still has is decided under its lock.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.json_rows import JsonRows
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import BANK_TRANSFER
from marketplace.payments.models import BuyerBalance, Payment, Receipt
from marketplace.payments.rules import receiving
from marketplace.payments.service.books import post

_PAYMENTS: Final = JsonRows(Payment)
_WRITE: Final = sql(_PAYMENTS.insert("rows"))
_BALANCES: Final = JsonRows(BuyerBalance)
_KEEP: Final = sql(_BALANCES.insert("rows"))
_CHANGED: Final = ("open_fen", "state", "parked_reason")
_SETTLE: Final = sql(
    f"UPDATE payments.receipt AS r SET {', '.join(f'{name} = given.{name}' for name in _CHANGED)} "  # noqa: S608 - our names
    "FROM json_populate_recordset(NULL::payments.receipt, CAST(:rows AS json)) AS given WHERE r.id = given.id"
)


@dataclass(frozen=True, slots=True)
class Part:
    """So much (fen) of a locked receipt, or of a locked balance that came from it, for a locked order."""

    receipt: Receipt
    order: SalesOrder
    amount_fen: int
    balance: BuyerBalance | None = None


def lock_receipts(session: Session, receipt_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Receipt]:
    """The receipts as they are now, locked until the end of the transaction; after their orders, never before."""
    session.flush()
    if not receipt_ids:
        return {}
    rows = session.scalars(
        select(Receipt)
        .where(Receipt.id == any_(literal(list(receipt_ids), ARRAY(Uuid()))))
        .order_by(Receipt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in rows}


def take(session: Session, parts: Sequence[Part], actor: Actor | None) -> list[uuid.UUID]:
    """Give each order its part; the ids of the payments, in order.

    Everything locked. Conflict (`above_open`) for more than the receipt or balance still has, (`method_not_served`) for an order
    that is not paid by this means; the other refusals are those of `orders.service.mark_paid`.
    """
    for part in parts:
        if part.order.payment_method not in BANK_TRANSFER.serves:
            raise Conflict("method_not_served", "该付款方式不支持对公转账")
        orders.check_arrived(orders.Arrived(part.order, part.amount_fen, part.receipt.arrived_at))
    for part in parts:
        _spend(part)
    write_receipts(session, list({one.receipt.id: one.receipt for one in parts}.values()))
    orders.mark_all_paid(
        session, [orders.Arrived(one.order, one.amount_fen, one.receipt.arrived_at) for one in parts], actor
    )
    now = utcnow()
    ids = [uuid7() for _ in parts]
    rows = [
        {
            "id": payment_id,
            "order_id": part.order.id,
            "method": part.receipt.kind,
            "reference": part.receipt.reference,
            "payer_name": part.receipt.payer_name,
            "amount_fen": part.amount_fen,
            "currency": part.receipt.currency,
            "paid_at": part.receipt.arrived_at,
            "recorded_by": actor.audit_id if actor else None,
            "recorded_at": now,
            "receipt_id": part.receipt.id,
            "balance_id": part.balance.id if part.balance else None,
        }
        for part, payment_id in zip(parts, ids, strict=True)
    ]
    session.flush()
    session.connection().execute(_WRITE, {"rows": _PAYMENTS.dump(rows)})
    _book(session, parts, ids)
    return ids


def _spend(part: Part) -> None:
    """Take the part off what is open, in memory; the check constraints of the tables look at it once more."""
    source = part.balance or part.receipt
    if part.amount_fen < 1:
        raise Invalid("amount_fen", "金额应大于零", pointer="/amount_fen")
    if part.amount_fen > source.open_fen:
        raise Conflict("above_open", "金额超过可用余额", open_fen=source.open_fen)
    source.open_fen -= part.amount_fen
    if part.balance is None:
        settle(part.receipt)


def write_receipts(session: Session, receipts: Collection[Receipt]) -> None:
    """Write what is open of the receipts, and their states, by one statement; the objects are as if flushed."""
    rows = [{"id": one.id} | {name: getattr(one, name) for name in _CHANGED} for one in receipts]
    session.connection().execute(_SETTLE, {"rows": orjson.dumps(rows).decode()})
    for one in receipts:
        for name in _CHANGED:
            set_committed_value(one, name, getattr(one, name))


def settle(receipt: Receipt, reason: str = "left_over") -> None:
    """Bring the state of a receipt into line with what is open of it: the only place that changes it."""
    if receipt.open_fen == 0:
        receipt.state = "set_aside" if receipt.aside_fen else "settled"
        receipt.parked_reason = None
    else:
        receipt.state, receipt.parked_reason = "parked", reason


def _book(session: Session, parts: Sequence[Part], ids: Sequence[uuid.UUID]) -> None:
    for is_demo in {part.receipt.is_demo for part in parts}:
        mine = [
            (part, payment_id)
            for part, payment_id in zip(parts, ids, strict=True)
            if part.receipt.is_demo is is_demo
        ]
        events = {
            f"payment:{payment_id}": receiving.allocated(
                part.order.id,
                part.order.buyer_id,
                part.receipt.holder_id,
                part.amount_fen,
                of_balance=part.balance is not None,
            )
            for part, payment_id in mine
        }
        at = {f"payment:{payment_id}": part.receipt.arrived_at for part, payment_id in mine}
        post(session, events, at, is_demo=is_demo)


@dataclass(frozen=True, slots=True)
class Kept:
    """So much (fen) of a locked receipt that stays as a buyer's."""

    receipt: Receipt
    buyer_id: uuid.UUID
    amount_fen: int


def keep(session: Session, kept: Sequence[Kept], actor: Actor | None, at: datetime) -> list[uuid.UUID]:
    """Keep parts of receipts for their buyers; the ids of the balances. Conflict (`above_open`) as in `take`."""
    if not kept:
        return []
    ids = [uuid7() for _ in kept]
    rows = []
    for one, balance_id in zip(kept, ids, strict=True):
        receipt = one.receipt
        if not 1 <= one.amount_fen <= receipt.open_fen:
            raise Conflict("above_open", "金额超过可用余额", open_fen=receipt.open_fen)
        receipt.open_fen -= one.amount_fen
        settle(receipt)
        rows.append(
            {
                "id": balance_id,
                "number": readable_number("B"),
                "buyer_id": one.buyer_id,
                "holder_id": receipt.holder_id,
                "holder_area": receipt.holder_area,
                "receipt_id": receipt.id,
                "amount_fen": one.amount_fen,
                "open_fen": one.amount_fen,
                "recorded_by": actor.audit_id if actor else None,
                "recorded_at": at,
                "is_demo": receipt.is_demo,
            }
        )
    session.flush()
    session.connection().execute(_KEEP, {"rows": _BALANCES.dump(rows)})
    for one, balance_id in zip(kept, ids, strict=True):
        legs = receiving.kept(one.buyer_id, one.receipt.holder_id, one.amount_fen)
        post(session, {f"balance:{balance_id}": legs}, at, is_demo=one.receipt.is_demo)
    return ids
