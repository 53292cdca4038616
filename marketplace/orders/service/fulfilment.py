"""The producer's steps: confirm, ship (in parts), record the delivery."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from marketplace.catalogue.service import stock
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.ids import uuid7
from marketplace.orders.models import OrderLine, SalesOrder, Shipment, ShipmentLine
from marketplace.orders.rules import ORDER
from marketplace.orders.service.due import settle_due_day
from marketplace.orders.service.lines import write_lines
from marketplace.orders.service.reading import lines_of, lock_order, note, require, sellers, transition
from marketplace.orders.service.tally import count_lines, may_count
from marketplace.orders.terms import METHOD_BY_CODE


@dataclass(frozen=True, slots=True)
class Part:
    """So many units of one line, by its number in the order."""

    line_no: int
    quantity: int


def confirm(session: Session, actor: Actor, number: str) -> SalesOrder:
    """The producer takes the order: placed → confirmed."""
    order = lock_order(session, number)
    require(actor, "orders.fulfil", order, sellers(order))
    transition(session, order, "confirmed", actor, utcnow())
    return order


def ship(
    session: Session,
    actor: Actor,
    number: str,
    *,
    parts: Sequence[Part] | None = None,
    carrier: str | None = None,
    tracking_no: str | None = None,
    shipment_id: uuid.UUID | None = None,
) -> SalesOrder:
    """Ship all that is left, or the `parts` of it: confirmed → partly_shipped (as often as it takes) or shipped. Stock leaves.

    `shipment_id` names the shipment beforehand, for who keeps it beside something else.
    Conflict (`not_paid`) for 先款后货 before the whole sum is there, Invalid for a line or quantity that is not left.
    """
    order = lock_order(session, number)
    require(actor, "orders.fulfil", order, sellers(order))
    ORDER.require(order.state, "shipped")
    if METHOD_BY_CODE[order.payment_method].pays_first and order.payment_state != "paid":
        raise Conflict("not_paid", "先款后货：付清后才能发货")
    lines = lines_of(session, order)
    leaving = chosen(lines, parts, {line.line_no: line.quantity - line.shipped for line in lines})
    now, shipment_id = utcnow(), shipment_id or uuid7()
    session.add(
        Shipment(id=shipment_id, order_id=order.id, carrier=carrier, tracking_no=tracking_no, shipped_at=now)
    )
    session.flush()
    rows = [(uuid7(), line, quantity) for line, quantity in leaving]
    session.execute(
        insert(ShipmentLine),
        [
            {"id": row_id, "shipment_id": shipment_id, "line_id": line.id, "quantity": quantity}
            for row_id, line, quantity in rows
        ],
    )
    stock.ship(
        session,
        [stock.Units(line.stock_item_id, quantity, row_id) for row_id, line, quantity in rows],
        now,
        actor.audit_id,
    )
    gone = [line.shipped + quantity for line, quantity in leaving]
    write_lines(session, [line for line, _ in leaving], shipped=gone)
    whole = all(line.shipped == line.quantity for line in lines)
    target = "shipped" if whole else "partly_shipped"
    detail = {"units": sum(quantity for _, quantity in leaving), "shipment": str(shipment_id)}
    if target == order.state:  # another part has left: no step of the table, a line of the history
        order.row_version += 1
        session.flush()
        note(session, order, target, actor, now, **detail)
    else:
        transition(session, order, target, actor, now, **detail)
    return order


def deliver(session: Session, actor: Actor, number: str) -> SalesOrder:
    """The goods have arrived: shipped → delivered. The day of payment of 先货后款 follows from it.

    The producer, the channel's operator or the buyer may record it.
    """
    order = lock_order(session, number)
    require_either_side(actor, order)
    now = utcnow()
    transition(session, order, "delivered", actor, now)
    settle_due_day(order)
    session.execute(
        update(Shipment)
        .where(Shipment.order_id == order.id, Shipment.delivered_at.is_(None))
        .values(delivered_at=now)
    )
    if may_count(order):
        count_lines(session, order, lines_of(session, order), actor, now)
    session.flush()
    return order


def require_either_side(actor: Actor, order: SalesOrder) -> None:
    """Forbidden unless the actor fulfils the order or accepts it."""
    if actor.may_on("orders.accept", area=order.buyer_area, owners=(order.buyer_id,)):
        return
    require(actor, "orders.fulfil", order, sellers(order))


def chosen(
    lines: Sequence[OrderLine], parts: Sequence[Part] | None, left: dict[int, int]
) -> list[tuple[OrderLine, int]]:
    """The lines with the units meant: everything left without `parts`.

    Invalid for an unknown line number, one named twice, or more than is left; Invalid (`nothing_left`) for nothing at all.
    """
    if parts is None:
        found = [(line, left[line.line_no]) for line in lines if left[line.line_no] > 0]
    else:
        by_number = {line.line_no: line for line in lines}
        if len({part.line_no for part in parts}) != len(parts):
            raise Invalid("line_repeated", "同一行只能出现一次", pointer="/lines")
        found = []
        for position, part in enumerate(parts):
            line = by_number.get(part.line_no)
            if line is None:
                raise Invalid("line_unknown", "订单没有这一行", pointer=f"/lines/{position}/line_no")
            if not 1 <= part.quantity <= left[line.line_no]:
                raise Invalid("quantity", "数量超出可办理的范围", pointer=f"/lines/{position}/quantity")
            found.append((line, part.quantity))
    if not found:
        raise Invalid("nothing_left", "没有可办理的商品", pointer="/lines")
    return found
