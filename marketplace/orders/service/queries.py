"""Reading orders: one with everything that happened to it, lists, what is missing for lines to count."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.errors import Forbidden
from marketplace.orders.models import (
    Checkout,
    Evaluation,
    OrderEvent,
    OrderLine,
    OrderReturn,
    OrderReturnLine,
    SalesOrder,
    Shipment,
)
from marketplace.orders.service.conditions import LINE_WAITS, ORDER_IS_OPEN
from marketplace.orders.service.delivery import read_deliver_to
from marketplace.orders.service.photos import Photo, photos_of
from marketplace.orders.service.reading import lines_of, may_on, read_order, seen_by
from marketplace.orders.service.tally import bought, still_missing

#: Reads the ledger entries of lines as wire rows with a `line_id`; attribution, which is above, registers it.
EntryReader = Callable[[Session, Sequence[uuid.UUID]], Sequence[dict[str, Any]]]
_entry_readers: list[EntryReader] = []


def read_entries_with(reader: EntryReader) -> None:
    """Let `reader` add the entries of lines to `attribution_of`. Called once by the composition root."""
    _entry_readers[:] = [reader]


@dataclass(frozen=True, slots=True)
class OrderPicture:
    """An order with its lines and what happened to it."""

    order: SalesOrder
    lines: Sequence[OrderLine]
    shipments: Sequence[Shipment]
    returns: Sequence[OrderReturn]
    evaluation: Evaluation | None
    events: Sequence[OrderEvent]
    photos: Sequence[Photo]


def picture(session: Session, actor: Actor, number: str) -> OrderPicture:
    """The whole order. NotFound when there is none that the actor may see."""
    return picture_of(session, read_order(session, actor, number))


def picture_of(session: Session, order: SalesOrder) -> OrderPicture:
    """The whole of an order that was read already."""
    session.flush()

    def rows(statement: Select[Any]) -> list[Any]:
        return list(session.scalars(statement.execution_options(populate_existing=True)))

    return OrderPicture(
        order,
        lines_of(session, order),
        rows(select(Shipment).where(Shipment.order_id == order.id).order_by(Shipment.id)),
        rows(select(OrderReturn).where(OrderReturn.order_id == order.id).order_by(OrderReturn.id)),
        session.scalars(select(Evaluation).where(Evaluation.order_id == order.id)).one_or_none(),
        rows(select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)),
        photos_of(session, order),
    )


def delivery_address(session: Session, actor: Actor, number: str, purpose: str) -> dict[str, str]:
    """Name, telephone and address of the delivery, for the two sides of the order only; the look is recorded.

    Forbidden for officials: an order's goods class and area are theirs, a person's address is not.
    """
    order = read_order(session, actor, number)
    require_side(actor, order)
    audit.record(
        session,
        actor,
        "orders.address.read",
        "order",
        order.number,
        area_code=order.buyer_area,
        purpose=purpose,
    )
    return read_deliver_to(order)


def require_side(actor: Actor, order: SalesOrder) -> None:
    """Forbidden (`address_is_personal`) unless the actor reads for one of the two sides of the order."""
    sides = {order.buyer_id, order.producer_organisation_id, order.operator_id} - {None}
    if not actor.is_system and not any(
        held.organisation_id in sides for held in actor.holding("orders.read")
    ):
        raise Forbidden("address_is_personal", "收货信息仅供交易双方查看")


def orders_seen(
    actor: Actor, *, state: str | None = None, payment_state: str | None = None
) -> Select[SalesOrder]:
    """The orders an actor may see, unsorted, for a paged list."""
    statement = select(SalesOrder).where(seen_by(actor))
    if state is not None:
        statement = statement.where(SalesOrder.state == state)
    if payment_state is not None:
        statement = statement.where(SalesOrder.payment_state == payment_state)
    return statement


def orders_of_checkout(actor: Actor, number: str) -> Select[SalesOrder]:
    """The orders of one checkout that an actor may see, in the order in which they were made."""
    return (
        select(SalesOrder)
        .join(Checkout, Checkout.id == SalesOrder.checkout_id)
        .where(Checkout.number == number, seen_by(actor))
        .order_by(SalesOrder.order_no)
    )


def states_seen(session: Session, actor: Actor) -> dict[str, int]:
    """How many orders an actor may see in each state, in one statement."""
    rows = session.execute(
        select(SalesOrder.state, func.count()).where(seen_by(actor)).group_by(SalesOrder.state)
    )
    return {state: count for state, count in rows}  # noqa: C416 - rows of the driver are no plain pairs


def returns_seen(actor: Actor, *, state: str | None = None) -> Select[OrderReturn]:
    """The returns of orders an actor may see, unsorted, for a paged list."""
    statement = (
        select(OrderReturn).join(SalesOrder, SalesOrder.id == OrderReturn.order_id).where(seen_by(actor))
    )
    return statement if state is None else statement.where(OrderReturn.state == state)


def returns_with_orders(actor: Actor, *, state: str | None = None) -> Select[OrderReturn, str, str]:
    """As `returns_seen`, each with the number of its order and the buyer's name."""
    return returns_seen(actor, state=state).add_columns(SalesOrder.number, SalesOrder.buyer_name)


def uncounted_orders(actor: Actor) -> Select[SalesOrder]:
    """Orders with a line that is still bought and has not counted: the work list, unsorted, for paging by `order_no`."""
    return select(SalesOrder).where(
        *ORDER_IS_OPEN, exists().where(OrderLine.order_id == SalesOrder.id, *LINE_WAITS), seen_by(actor)
    )


@dataclass(frozen=True, slots=True)
class LineStanding:
    """One line: what it is worth, whether it counts, and what is missing with who must act."""

    line: OrderLine
    units: int
    amount_fen: int
    missing: Sequence[tuple[str, str]]


def standing_of(order: SalesOrder, line: OrderLine) -> LineStanding:
    """How a line stands: what is still bought of it, and what it lacks to count."""
    return LineStanding(line, bought(line), line.amount_fen - line.refunded_fen, still_missing(order, line))


def attribution_of(
    session: Session, actor: Actor, number: str
) -> tuple[SalesOrder, list[LineStanding], list[dict[str, Any]]]:
    """The order, how each line stands, and the ledger entries of its lines where the ledger is wired in.

    Entries carry amounts of agreements, never households; only who may read the ledger gets them.
    """
    order = read_order(session, actor, number)
    lines = lines_of(session, order)
    entries: list[dict[str, Any]] = []
    if may_on(actor, "attribution.read", order):
        for read in _entry_readers:
            entries.extend(read(session, [line.id for line in lines]))
    return order, [standing_of(order, line) for line in lines], entries


def standings(session: Session, orders: Sequence[SalesOrder]) -> list[tuple[SalesOrder, LineStanding]]:
    """The uncounted lines of a page of orders, in order and line number, in one statement."""
    by_id = {order.id: order for order in orders}
    lines = session.scalars(
        select(OrderLine)
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(OrderLine.order_id.in_(list(by_id)), *LINE_WAITS)
        .order_by(SalesOrder.order_no, OrderLine.line_no)
    )
    return [(by_id[line.order_id], standing_of(by_id[line.order_id], line)) for line in lines]


def return_picture(session: Session, row: OrderReturn) -> list[tuple[int, int, int]]:
    """The lines of a return as (line number, units, fen)."""
    return [
        (line_no, quantity, amount_fen)
        for line_no, quantity, amount_fen in session.execute(
            select(OrderLine.line_no, OrderReturnLine.quantity, OrderReturnLine.amount_fen)
            .join(OrderLine, OrderLine.id == OrderReturnLine.line_id)
            .where(OrderReturnLine.return_id == row.id)
            .order_by(OrderLine.line_no)
        )
    ]
