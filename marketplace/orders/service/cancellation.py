"""Calling an order off before anything is shipped, or what of it cannot be shipped: stock and money come back once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.catalogue.service import stock
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.contracts.steps import void_open
from marketplace.orders.service.deduction import deduct, open_return, revalue
from marketplace.orders.service.reading import (
    lines_of,
    lock_order,
    require,
    sellers,
    settle_invoice_state,
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
    void_open(session, order, actor, "order_cancelled", now)
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
        deduct(session, order, row, lines_by_id(lines), column="cancelled", actor=actor, at=now)
    else:
        for line in lines:
            line.cancelled, line.refunded_fen = line.quantity, line.amount_fen
        taken_off_fen = order.total_fen - order.deducted_fen
        order.deducted_fen = order.total_fen
        settle_payment_state(order)
        settle_invoice_state(order)
        revalue(session, order, -taken_off_fen, "cancellation", order.id, now)
    session.flush()
    tell(session, order, "order_cancelled", actor)
    return order


def declare_shortfall(session: Session, actor: Actor, number: str, reason: str) -> SalesOrder:
    """The rest of a partly shipped order will not come: partly_shipped → shipped, and the rest is no longer bought.

    Its stock comes back, money paid for it must go back. Conflict (`not_partly_shipped`) in any other state.
    """
    order = lock_order(session, number)
    require(actor, "orders.fulfil", order, sellers(order))
    if order.state != "partly_shipped":
        raise Conflict("not_partly_shipped", "订单不是部分发货状态", state=order.state)
    now = utcnow()
    lines = lines_of(session, order)
    rest = [(line, line.quantity - line.shipped) for line in lines if line.quantity > line.shipped]
    transition(session, order, "shipped", actor, now, reason=reason, short=sum(units for _, units in rest))
    stock.release(
        session,
        [stock.Units(line.stock_item_id, units, line.id) for line, units in rest],
        now,
        actor.audit_id,
    )
    row = open_return(
        session,
        order,
        rest,
        kind="cancellation",
        state="goods_received",
        reason=reason,
        actor=actor,
        at=now,
    )
    deduct(session, order, row, lines_by_id(lines), column="cancelled", actor=actor, at=now)
    tell(session, order, "order_cancelled", actor, partly=True)
    return order
