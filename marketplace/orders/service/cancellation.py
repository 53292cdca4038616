"""Calling an order off before anything is shipped: stock comes back once, money that was paid must go back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.catalogue.service import stock
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.deduction import deduct, open_return
from marketplace.orders.service.reading import (
    lines_of,
    lock_order,
    require,
    settle_payment_state,
    tell,
    transition,
)
from marketplace.orders.service.tally import lines_by_id


def cancel(session: Session, actor: Actor, number: str, reason: str) -> SalesOrder:
    """Cancel an order: placed or confirmed → cancelled. IllegalTransition (409) once anything is shipped, or a second time.

    Buyer and producer may; what was received is owed back in full.
    """
    order = lock_order(session, number)
    require(actor, "orders.cancel", order)
    now = utcnow()
    transition(session, order, "cancelled", actor, now, reason=reason)
    lines = lines_of(session, order)
    stock.release(
        session,
        [stock.Units(line.stock_item_id, line.quantity, line.id) for line in lines],
        now,
        actor.audit_id,
    )
    if order.paid_fen:
        row = open_return(
            session,
            order,
            [(line, line.quantity) for line in lines],
            kind="cancellation",
            state="goods_received",
            reason=reason,
            actor=actor,
            at=now,
        )
        deduct(session, order, row, lines_by_id(lines), column=None, actor=actor, at=now)
    else:
        order.deducted_fen = order.total_fen
        settle_payment_state(order)
    session.flush()
    tell(session, order, "order_cancelled", actor, reason=reason)
    return order
