"""Finding an order: locked for a step, or read for a page; who may see it, and its history."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, any_, bindparam, insert, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.service.inbox import notify
from marketplace.core.actor import Actor
from marketplace.core.arrays import many_uuids
from marketplace.core.db import table_of
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.core.states import StateMachine
from marketplace.orders.models import OrderEvent, OrderLine, SalesOrder
from marketplace.orders.rules import ORDER, PAYMENT, invoice_state, payment_state

#: The instant at which a state was reached, where the order keeps it.
_REACHED_AT = {
    "confirmed": "confirmed_at",
    "partly_shipped": "shipped_at",
    "shipped": "shipped_at",
    "delivered": "delivered_at",
    "partly_accepted": "accepted_at",
    "accepted": "accepted_at",
    "evaluated": "evaluated_at",
    "cancelled": "cancelled_at",
}

# Built once: every step of an order asks these, and building a statement costs more than sending it.
_BY_NUMBER: Final = (
    select(SalesOrder).where(SalesOrder.number == bindparam("key")).execution_options(populate_existing=True)
)
_LOCKED_BY_NUMBER: Final = _BY_NUMBER.with_for_update()
_LOCKED_BY_ID: Final = (
    select(SalesOrder)
    .where(SalesOrder.id == bindparam("key"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_LOCKED_MANY: Final = (
    select(SalesOrder)
    .where(SalesOrder.id == any_(many_uuids("keys")))
    .order_by(SalesOrder.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)
_LINES: Final = (
    select(OrderLine)
    .where(OrderLine.order_id == bindparam("key"))
    .order_by(OrderLine.line_no)
    .execution_options(populate_existing=True)
)
_LINES_OF_MANY: Final = (
    select(OrderLine)
    .where(OrderLine.order_id == any_(many_uuids("keys")))
    .order_by(OrderLine.order_id, OrderLine.line_no)
    .execution_options(populate_existing=True)
)
#: Without RETURNING: nobody asks for the number of an event.
_NOTE: Final = insert(table_of(OrderEvent)).inline()


def owners(order: SalesOrder) -> tuple[uuid.UUID | None, ...]:
    """Everybody whose order it is: buyer, its budget unit, producer, operator of the channel."""
    return (order.buyer_id, order.budget_unit_id, order.producer_organisation_id, order.operator_id)


def sellers(order: SalesOrder) -> tuple[uuid.UUID | None, ...]:
    """Who may fulfil it: the producer and the operator of the channel."""
    return (order.producer_organisation_id, order.operator_id)


def may_on(
    actor: Actor, permission: str, order: SalesOrder, reaching: Sequence[uuid.UUID | None] | None = None
) -> bool:
    """Whether the permission reaches the order as one of `reaching` (by default any owner), in either side's area."""
    who = owners(order) if reaching is None else reaching
    return any(
        actor.may_on(permission, area=area, owners=who) for area in (order.buyer_area, order.producer_area)
    )


def require(
    actor: Actor, permission: str, order: SalesOrder, reaching: Sequence[uuid.UUID | None] | None = None
) -> None:
    """NotFound when the actor may not even see the order, Forbidden when the permission does not reach it."""
    if may_on(actor, permission, order, reaching):
        return
    if not may_on(actor, "orders.read", order):
        raise NotFound("order_not_found", "没有这个订单")
    actor.require(permission, area=order.buyer_area, owners=() if reaching is None else reaching)


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Orders an actor may read, as a condition: an owner's, or those with either side in the actor's area."""
    columns = [
        SalesOrder.buyer_id,
        SalesOrder.budget_unit_id,
        SalesOrder.producer_organisation_id,
        SalesOrder.operator_id,
    ]
    return or_(
        *(
            visible(actor, "orders.read", area=area, owners=columns)
            for area in (SalesOrder.buyer_area, SalesOrder.producer_area)
        )
    )


def _one(session: Session, statement: Select[SalesOrder], key: str | uuid.UUID) -> SalesOrder:
    session.flush()
    found = session.scalars(statement, {"key": key}).one_or_none()
    if found is None:
        raise NotFound("order_not_found", "没有这个订单")
    return found


def lock_order(session: Session, number: str) -> SalesOrder:
    """The order, locked until the end of the transaction: every step of an order and its money waits here.

    Lock order in all use cases: order, then stock by ascending id, then certificates. NotFound when there is none.
    """
    return _one(session, _LOCKED_BY_NUMBER, number)


def lock_order_by_id(session: Session, order_id: uuid.UUID) -> SalesOrder:
    """As `lock_order`, by id."""
    return _one(session, _LOCKED_BY_ID, order_id)


def lock_orders(session: Session, order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SalesOrder]:
    """As `lock_order`, for many in the order of their ids; those that there are, by id."""
    session.flush()
    if not order_ids:
        return {}
    return {one.id: one for one in session.scalars(_LOCKED_MANY, {"keys": list(order_ids)})}


def read_order(session: Session, actor: Actor, number: str) -> SalesOrder:
    """The order for reading; NotFound too when the actor may not see it."""
    order = _one(session, _BY_NUMBER, number)
    require(actor, "orders.read", order)
    return order


def lines_of(session: Session, order: SalesOrder) -> list[OrderLine]:
    """The lines in the order of their numbers, as they are in the database now."""
    return list(session.scalars(_LINES, {"key": order.id}))


def lines_of_orders(session: Session, order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[OrderLine]]:
    """As `lines_of`, for many orders in one statement; every id has a key."""
    found: dict[uuid.UUID, list[OrderLine]] = {key: [] for key in order_ids}
    if found:
        for line in session.scalars(_LINES_OF_MANY, {"keys": list(found)}):
            found[line.order_id].append(line)
    return found


def note(
    session: Session, order: SalesOrder, kind: str, actor: Actor | None, at: datetime, **detail: Any
) -> None:
    """Write one line of the order's history; no personal values in `detail`."""
    session.connection().execute(
        _NOTE,
        {
            "order_id": order.id,
            "kind": kind,
            "detail": detail,
            "actor_id": actor.audit_id if actor else None,
            "at": at,
        },
    )


def transition(
    session: Session, order: SalesOrder, target: str, actor: Actor | None, at: datetime, **detail: Any
) -> None:
    """Take one step of the order's table: the only place that changes `state`. IllegalTransition (409) when there is none.

    The order must be locked. Writes the history line and the instant; flushed.
    """
    ORDER.require(order.state, target)
    order.state = target
    column = _REACHED_AT.get(target)
    if column is not None and getattr(order, column) is None:
        setattr(order, column, at)
    order.row_version += 1
    session.flush()
    note(session, order, target, actor, at, **detail)


def tell(session: Session, order: SalesOrder, kind: str, actor: Actor | None, **detail: Any) -> None:
    """Put a notice into the inbox of the two sides of the order, but not into that of who acted."""
    acting = actor.organisation_id if actor else None
    for organisation_id in (order.buyer_id, order.producer_organisation_id):
        if organisation_id != acting:
            notify(session, kind, "order", order.number, organisation_id=organisation_id, detail=detail)


def settle_payment_state(order: SalesOrder, steps: StateMachine = PAYMENT) -> None:
    """Bring `payment_state` into line with the amounts, by the steps there are: the only place that changes it."""
    now = payment_state(order.total_fen - order.deducted_fen, order.paid_fen, order.refunded_fen)
    if now != order.payment_state:
        steps.require(order.payment_state, now)
        order.payment_state = now


def settle_invoice_state(order: SalesOrder, *, asked: bool | None = None) -> None:
    """Bring `invoice_state` into line with the amounts: the only place that changes it.

    `asked` says whether an invoice is being asked for; None leaves that as it was.
    """
    order.invoice_state = invoice_state(
        order.total_fen - order.deducted_fen,
        order.invoiced_fen,
        order.red_fen,
        asked=order.invoice_state == "requested" if asked is None else asked,
    )
