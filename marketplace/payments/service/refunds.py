"""Money given back. Orders learn of it by `mark_returned` when it is known to be with the buyer, in the same transaction."""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.orders import service as orders
from marketplace.orders.facts import RefundOwed
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import OnlinePayment, Refund
from marketplace.payments.rules.accounts import returned
from marketplace.payments.rules.refunds import AT_GATEWAY, REFUND
from marketplace.payments.service.books import post
from marketplace.payments.service.collection import keepers, mode_of


def owe_refund(session: Session, fact: RefundOwed) -> None:
    """Hear that money must go back: one refund per return, whoever tells it twice."""
    known = session.scalar(select(Refund.id).where(Refund.return_id == fact.return_id))
    if known is not None:
        return
    session.add(
        Refund(
            id=uuid7(),
            number=readable_number("F"),
            order_id=fact.order_id,
            return_id=fact.return_id,
            amount_fen=fact.amount_fen,
            kind="return",
            state=REFUND.initial,
            # What was paid online goes back the same way: the worker asks the gateway for it.
            next_try_at=utcnow() if _is_paid_online(session, fact.order_id) else None,
            requested_by=fact.requested_by,
            requested_by_person=fact.requested_by_person,
            requested_at=fact.requested_at,
        )
    )
    session.flush()


def _is_paid_online(session: Session, order_id: uuid.UUID) -> bool:
    taken = OnlinePayment.taken_as == "payment"
    return bool(session.scalar(select(exists().where(OnlinePayment.order_id == order_id, taken))))


def confirm_refund(
    session: Session, actor: Actor, refund_number: str, *, reference: str
) -> tuple[Refund, str]:
    """The money of a refund is back with the buyer: requested → confirmed; counted sales are reversed now.

    Returns the refund and the number of its order.

    `reference` is the bank's number of the outgoing transfer. Whoever asked for the refund may not confirm it (Forbidden
    `same_person`); a second confirmation is an IllegalTransition (409). Conflict (`refund_at_gateway`) while the gateway is
    giving it back; (`refund_failed`) for one that it refused: another is begun in its place first (`refund_again`).
    """
    order_id = session.scalar(select(Refund.order_id).where(Refund.number == refund_number))
    if order_id is None:
        raise NotFound("refund_not_found", "没有这笔退款")
    order = orders.lock_order_by_id(session, order_id)
    mode = mode_of(session, order)
    orders.require(actor, "payments.refund", order, keepers(mode, order))
    refund = session.scalars(
        select(Refund).where(Refund.number == refund_number).execution_options(populate_existing=True)
    ).one()
    if refund.state in AT_GATEWAY:
        raise Conflict("refund_at_gateway", "退款正由支付通道办理")
    if refund.state in ("failed", "replaced"):
        raise Conflict("refund_failed", "支付通道未能退回,请先再次申请或改由银行退款")
    REFUND.require(refund.state, "confirmed")
    actor.require_other_person(refund.requested_by_person, what="退款申请人与确认人")
    now = utcnow()
    refund.state = "confirmed"
    refund.reference = reference
    refund.decided_by = actor.audit_id
    refund.confirmed_at = now
    refund.next_try_at = None
    session.flush()
    settles = "buyer_receivable" if refund.kind == "return" else "buyer_balance"
    legs = returned(
        mode,
        order.id,
        order.buyer_id,
        order.producer_organisation_id,
        refund.amount_fen,
        settles=settles,
    )
    post(session, {f"refund:{refund.id}": legs}, now, is_demo=order.is_demo)
    if refund.return_id is not None:
        orders.mark_returned(
            session, order, refund.return_id, refund.amount_fen, refund_id=refund.id, at=now, actor=actor
        )
    audit.record(
        session,
        actor,
        "payments.refund.confirmed",
        "order",
        order.number,
        area_code=order.buyer_area,
        detail={"refund": refund.number, "amount_fen": refund.amount_fen},
    )
    return refund, order.number


def refunds_seen(
    actor: Actor, *, state: str | None = None, order_number: str | None = None, todo: str | None = None
) -> Select[Refund, str, bool]:
    """Refunds of the orders an actor may see, with the number of the order and whether another was begun in its place, unsorted,
    for a paged list. `todo`: only those about which people are to do that (`rules.refunds.TODO`).
    """
    statement = (
        select(Refund, SalesOrder.number.label("order_number"), is_replaced().label("is_replaced"))
        .join(SalesOrder, SalesOrder.id == Refund.order_id)
        .where(orders.seen_by(actor))
    )
    if state is not None:
        statement = statement.where(Refund.state == state)
    if todo is not None:
        statement = statement.where(_TO_DO[todo])
    if order_number is not None:
        statement = statement.where(SalesOrder.number == order_number)
    return statement


def is_replaced() -> ColumnElement[bool]:
    """Whether another refund was begun in the place of one."""
    other = aliased(Refund)
    return exists().where(other.replaces_id == Refund.id)


#: As `rules.refunds.todo_of`, for the database.
_TO_DO: Final = {
    "decide": ((Refund.state == "failed") | Refund.bounced_at.is_not(None)) & ~is_replaced(),
    "pay": (Refund.state == "requested") & Refund.next_try_at.is_(None),
}
