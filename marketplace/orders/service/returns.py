"""Returns by quantity after acceptance: asked for by the buyer, decided by the producer, settled when the goods are back."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.orders.models import OrderLine, OrderReturn, OrderReturnLine, SalesOrder
from marketplace.orders.rules import RETURN, RETURN_REASONS, RETURNABLE, no_reason_until
from marketplace.orders.service.deduction import deduct, open_return
from marketplace.orders.service.fulfilment import Part, chosen
from marketplace.orders.service.photos import attach_photos
from marketplace.orders.service.reading import (
    lines_of,
    lock_order,
    lock_order_by_id,
    note,
    require,
    sellers,
    tell,
)
from marketplace.orders.service.tally import lines_by_id
from marketplace.producers.models import Product

_OPEN = ("requested", "approved")


def request_return(
    session: Session,
    actor: Actor,
    number: str,
    parts: Sequence[Part],
    reason: str,
    photos: Sequence[uuid.UUID] = (),
) -> OrderReturn:
    """Ask to return units of an accepted order, never more than were accepted and are not on their way back already.

    `reason` is a code of RETURN_REASONS; no_reason only within 7 days of delivery and not for perishable goods
    (网络购买商品七日无理由退货暂行办法). IllegalTransition-like Conflict (`not_returnable`) in any other state.
    `photos` are files that show what is wrong; refusals as `attach_photos`.
    """
    if reason not in RETURN_REASONS:
        raise Invalid("reason", "没有这种退货原因", pointer="/reason")
    order = lock_order(session, number)
    require(actor, "orders.return", order, (order.buyer_id,))
    if order.state not in RETURNABLE:
        raise Conflict("not_returnable", "订单当前不能申请退货", state=order.state)
    lines = lines_of(session, order)
    on_the_way = _on_the_way(session, order)
    left = {line.line_no: line.accepted - line.returned - on_the_way[line.id] for line in lines}
    going = chosen(lines, parts, left)
    now = utcnow()
    if reason == "no_reason":
        _require_no_reason_allowed(session, order, [line for line, _ in going])
    row = open_return(
        session, order, going, kind="return", state="requested", reason=reason, actor=actor, at=now
    )
    attach_photos(session, actor, order, photos, row)
    note(session, order, "return_requested", actor, now, number=row.number, reason=reason)
    return row


def decide_return(
    session: Session, actor: Actor, number: str, *, approve: bool, opinion: str | None
) -> OrderReturn:
    """The producer approves or refuses a return."""
    order, row = _lock_return(session, number)
    require(actor, "orders.return_decide", order, sellers(order))
    _step(session, order, row, "approved" if approve else "refused", actor, opinion=opinion or "")
    tell(session, order, "return_decided", actor, number=row.number, state=row.state)
    return row


def withdraw_return(session: Session, actor: Actor, number: str) -> OrderReturn:
    """The buyer keeps the goods after all."""
    order, row = _lock_return(session, number)
    require(actor, "orders.return", order, (order.buyer_id,))
    _step(session, order, row, "withdrawn", actor)
    return row


def receive_return(session: Session, actor: Actor, number: str) -> OrderReturn:
    """The producer has the goods back: they leave the order, and money paid for them must go back.

    Goods that nobody had paid for are settled at once; a line that counted without payment is reversed then.
    """
    order, row = _lock_return(session, number)
    require(actor, "orders.return_decide", order, sellers(order))
    _step(session, order, row, "goods_received", actor)
    now = utcnow()
    lines = lines_by_id(lines_of(session, order))
    deduct(session, order, row, lines, column="returned", actor=actor, at=now)
    return row


def _lock_return(session: Session, number: str) -> tuple[SalesOrder, OrderReturn]:
    order_id = session.scalar(select(OrderReturn.order_id).where(OrderReturn.number == number))
    if order_id is None:
        raise NotFound("return_not_found", "没有这个退货单")
    order = lock_order_by_id(session, order_id)
    row = session.scalars(
        select(OrderReturn).where(OrderReturn.number == number).execution_options(populate_existing=True)
    ).one()
    return order, row


def _step(
    session: Session, order: SalesOrder, row: OrderReturn, target: str, actor: Actor, **detail: str
) -> None:
    RETURN.require(row.state, target)
    row.state = target
    session.flush()
    note(session, order, f"return_{target}", actor, utcnow(), number=row.number, **detail)


def _on_the_way(session: Session, order: SalesOrder) -> Counter[object]:
    rows = session.execute(
        select(OrderReturnLine.line_id, func.sum(OrderReturnLine.quantity))
        .join(OrderReturn, OrderReturn.id == OrderReturnLine.return_id)
        .where(OrderReturn.order_id == order.id, OrderReturn.state.in_(_OPEN))
        .group_by(OrderReturnLine.line_id)
    )
    return Counter({line_id: int(quantity) for line_id, quantity in rows})


def _require_no_reason_allowed(session: Session, order: SalesOrder, lines: Sequence[OrderLine]) -> None:
    if order.delivered_at is None or day_of(utcnow()) > no_reason_until(day_of(order.delivered_at)):
        raise Conflict("no_reason_too_late", "已超过七日无理由退货期限")
    perishable = session.scalar(
        select(Product.id)
        .where(Product.id.in_([line.product_id for line in lines]), Product.is_perishable)
        .limit(1)
    )
    if perishable is not None:
        raise Conflict("no_reason_perishable", "鲜活易腐商品不适用七日无理由退货")
