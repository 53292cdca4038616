"""Freight (运费): set by the seller before the contract goes out, part of what the order is worth, never of what counts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import uuid7
from marketplace.core.money import MAX_FEN
from marketplace.orders.amounts import freight_amounts
from marketplace.orders.models import Contract, SalesOrder
from marketplace.orders.rules import OUT
from marketplace.orders.service.contracts.steps import void_open
from marketplace.orders.service.deduction import revalue
from marketplace.orders.service.reading import lines_of, lock_order, note, require, sellers, tell

#: States of an order in which nothing has left yet.
_NOT_SHIPPED = ("placed", "confirmed")


def set_freight(session: Session, actor: Actor, number: str, freight_fen: int) -> SalesOrder:
    """Make the order's freight `freight_fen` (0 takes it away): total and tax follow, the books hear of it, the buyer is told.

    Only the seller may. Conflict when it is too late: `contract_out` (sent or signed: it states the freight), `already_shipped`,
    `already_paid`, `already_invoiced`. Invalid above the range of amounts. A draft that stated another amount becomes void. The
    same amount again changes nothing.
    """
    order = lock_order(session, number)
    require(actor, "orders.fulfil", order, sellers(order))
    delta_fen = freight_fen - order.freight_fen
    if delta_fen == 0:
        return order
    _require_open(session, order)
    if freight_fen < 0 or order.total_fen + delta_fen > MAX_FEN:
        raise Invalid("freight_fen", "运费超出范围", pointer="/freight_fen")
    lines = lines_of(session, order)
    parts = freight_amounts(freight_fen, [(line.tax_treatment, line.amount_fen) for line in lines])
    now, event_id = utcnow(), uuid7()
    before_fen = order.freight_fen
    order.freight_fen = freight_fen
    order.total_fen += delta_fen
    order.tax_fen = sum(line.tax_fen for line in lines) + sum(part.tax_fen for part in parts.values())
    order.row_version += 1
    session.flush()
    note(session, order, "freight_set", actor, now, before_fen=before_fen, freight_fen=freight_fen)
    void_open(session, order, actor, "freight_changed", now)
    revalue(session, order, delta_fen, "freight", event_id, now)
    tell(session, order, "freight_changed", actor, before_fen=before_fen, freight_fen=freight_fen)
    return order


def _require_open(session: Session, order: SalesOrder) -> None:
    if order.state not in _NOT_SHIPPED:
        raise Conflict("already_shipped", "订单已发货或已取消，运费不能再改", state=order.state)
    if order.payment_state != "unpaid":
        raise Conflict("already_paid", "订单已有到账，运费不能再改")
    if order.invoice_state not in ("none", "requested"):
        raise Conflict("already_invoiced", "订单已开票，运费不能再改")
    state = session.scalar(
        select(Contract.state).where(
            Contract.order_id == order.id, Contract.kind == "contract", Contract.state != "void"
        )
    )
    if state in OUT:
        raise Conflict("contract_out", "合同已发出或已签署，运费不能再改", state=state)
