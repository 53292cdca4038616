"""Refunds of what was paid online, asked of the gateway by the worker: row and key first, then the call, then its answer.

One refund has one key, however often it is asked for. The database lets no more go back of a payment than was captured, whoever
asks, and the gateway has its own ceiling. What somebody gave back at the gateway itself is found and booked (`foreign_refunds`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import online
from marketplace.payments.gateways.protocol import (
    GatewayRefused,
    GatewayUnknown,
    GivenBack,
    OnlineGateway,
)
from marketplace.payments.models import OnlinePayment, Refund
from marketplace.payments.rules.online import KEY_LIVES, wait
from marketplace.payments.rules.refunds import AT_GATEWAY, REFUND
from marketplace.payments.service.online_rows import lock_payment
from marketplace.payments.service.online_settle import FIRST_LOOK
from marketplace.payments.service.refund_news import take_over_refund
from marketplace.payments.service.refund_settle import fail, set_aside

LEASE = timedelta(minutes=2)
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A refund that is being asked for."""

    refund_id: uuid.UUID
    payment_id: uuid.UUID
    account: str
    intent_id: str
    amount_fen: int
    key: str
    gateway_id: str | None
    is_key_alive: bool
    leased_until: datetime


def due_refunds() -> list[uuid.UUID]:
    """The refunds that are to be looked at now, the longest due first."""
    with transaction() as session:
        return list(
            session.scalars(
                select(Refund.id)
                .where(Refund.next_try_at <= utcnow())
                .order_by(Refund.next_try_at, Refund.id)
                .limit(_BATCH)
            )
        )


def advance_refund(refund_id: uuid.UUID) -> None:
    """Take one step with a refund: one call, in no transaction. One that no online payment covers is left to people."""
    gateway = online()
    if gateway is None:
        return
    with transaction() as session:
        step = _plan(session, refund_id)
    if step is None:
        return
    try:
        given = _ask(gateway, step)
    except (GatewayRefused, GatewayUnknown) as error:
        with transaction() as session:
            _note_failure(session, step, error)
        return
    with transaction() as session:
        order, payment = lock_payment(session, step.payment_id)
        take_over_refund(session, order, payment, given, utcnow())
        refund = _read(session, refund_id)
        if refund.next_try_at == step.leased_until:
            refund.next_try_at = utcnow() + max(wait(refund.tries), FIRST_LOOK)


def _read(session: Session, refund_id: uuid.UUID) -> Refund:
    return session.scalars(
        select(Refund).where(Refund.id == refund_id).execution_options(populate_existing=True)
    ).one()


def _plan(session: Session, refund_id: uuid.UUID) -> Step | None:
    """Reserve the amount on a payment, write the key, and that it is being asked for. Order locked first."""
    order = orders.lock_order_by_id(session, _read(session, refund_id).order_id)
    refund = _read(session, refund_id)
    now = utcnow()
    if refund.next_try_at is None or refund.next_try_at > now:
        return None  # another worker was first
    if refund.state == "requested":
        payment = _reserve(session, order, refund)
        if payment is None:
            refund.next_try_at = None
            return None
        REFUND.require(refund.state, "sent")
        refund.state = "sent"
        refund.online_payment_id = payment.id
        refund.idempotency_key = f"refund-{refund.id}"
        refund.asked_at = now
    elif refund.state in AT_GATEWAY:
        payment = session.get_one(OnlinePayment, refund.online_payment_id)
    else:
        refund.next_try_at = None
        return None
    refund.tries += 1
    refund.next_try_at = now + LEASE
    session.flush()
    asked_at = refund.asked_at or now
    return Step(
        refund_id=refund.id,
        payment_id=payment.id,
        account=payment.account,
        intent_id=payment.intent_id or "",
        amount_fen=refund.amount_fen,
        key=refund.idempotency_key or "",
        gateway_id=refund.gateway_id,
        is_key_alive=now - asked_at < KEY_LIVES,
        leased_until=now + LEASE,
    )


def _reserve(session: Session, order: SalesOrder, refund: Refund) -> OnlinePayment | None:
    """Set the amount aside on the payment that covers it; the row says no when another was first."""
    found = covering_payment(session, order, refund)
    if found is None or not set_aside(session, found, refund.amount_fen):
        return None
    return session.get_one(OnlinePayment, found, populate_existing=True)


def covering_payment(session: Session, order: SalesOrder, refund: Refund) -> uuid.UUID | None:
    """The newest payment that still covers a refund whole: of money that no order could take its own; None without one."""
    wanted = (
        OnlinePayment.id == refund.online_payment_id
        if refund.kind == "surplus"
        else OnlinePayment.taken_as == "payment"
    )
    return session.scalar(
        select(OnlinePayment.id)
        .where(
            OnlinePayment.order_id == order.id,
            wanted,
            OnlinePayment.captured_fen - OnlinePayment.given_back_fen >= refund.amount_fen,
        )
        .order_by(OnlinePayment.id.desc())
        .limit(1)
    )


def _ask(gateway: OnlineGateway, step: Step) -> GivenBack:
    if step.gateway_id is None and step.is_key_alive:
        try:
            return gateway.refund(
                step.account, step.intent_id, step.amount_fen, refund=str(step.refund_id), key=step.key
            )
        except GatewayUnknown as error:
            if not error.is_replay:
                raise
    for given in gateway.refunds_of(step.account, step.intent_id):
        if given.id == step.gateway_id or given.refund == str(step.refund_id):
            return given
    raise GatewayRefused("never_made")


def _note_failure(session: Session, step: Step, error: GatewayRefused | GatewayUnknown) -> None:
    lock_payment(session, step.payment_id)
    refund = _read(session, step.refund_id)
    if refund.next_try_at != step.leased_until or refund.state not in AT_GATEWAY:
        return  # a message said meanwhile how it ended
    refund.last_error = error.code
    if isinstance(error, GatewayRefused) and refund.gateway_id is None:
        fail(session, refund)
        return
    if refund.state == "sent":
        refund.state = "unknown"
    refund.next_try_at = utcnow() + wait(refund.tries)
