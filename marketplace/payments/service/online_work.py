"""Asking the gateway about payments: a row is committed, then it is asked outside any transaction, then its answer is committed.

Whoever dies between the two leaves a row that says `unknown`, with the key under which it was asked; the worker asks again with
that key, or looks when the key is too old. Nothing is concluded from silence.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.core.errors import Unavailable
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import online, return_url
from marketplace.payments.gateways.protocol import (
    Ask,
    GatewayRefused,
    GatewayUnknown,
    GivenBack,
    Intent,
    OnlineGateway,
    Page,
)
from marketplace.payments.models import OnlinePayment
from marketplace.payments.rules.online import LIVE, next_call, wait
from marketplace.payments.service.online_rows import lock_payment
from marketplace.payments.service.online_settle import (
    FIRST_LOOK,
    give_up,
    take_over_intent,
    take_over_page,
)
from marketplace.payments.service.refund_news import take_over_refund

#: How long one call may take before another worker takes the row: longer than deadline and retries together.
LEASE: Final = timedelta(minutes=2)
#: A payment that the buyer did not finish within a day is given up.
LIVES: Final = timedelta(hours=24)
#: A little earlier than we asked, for clocks that differ.
EARLIER: Final = timedelta(minutes=10)
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be asked about one payment, with everything that the call needs."""

    payment_id: uuid.UUID
    call: str
    ask: Ask
    flow: str
    intent_id: str | None
    page_id: str | None
    asked_at: datetime
    tries: int
    leased_until: datetime


Seen = Intent | Page | list[GivenBack]


def due_payments() -> list[uuid.UUID]:
    """The payments that are to be looked at now, the longest due first."""
    with transaction() as session:
        return list(
            session.scalars(
                select(OnlinePayment.id)
                .where(OnlinePayment.next_try_at <= utcnow())
                .order_by(OnlinePayment.next_try_at, OnlinePayment.id)
                .limit(_BATCH)
            )
        )


def advance(payment_id: uuid.UUID, *, at_once: bool = False) -> None:
    """Take one step with a payment: one call, in no transaction. Nothing when nothing is to be asked, or not yet (`at_once`)."""
    gateway = online()
    if gateway is None:
        return
    with transaction() as session:
        step = _plan(session, payment_id, at_once)
    if step is None:
        return
    try:
        seen = _ask(gateway, step)
    except (GatewayRefused, GatewayUnknown) as error:
        with transaction() as session:
            _note_failure(session, step, error)
        return
    with transaction() as session:
        _take_over(session, step, seen)


def _plan(session: Session, payment_id: uuid.UUID, at_once: bool) -> Step | None:
    """Write down that the gateway is being asked, and what; the row is this worker's until the lease ends."""
    order, payment = lock_payment(session, payment_id)
    now = utcnow()
    if not at_once and (payment.next_try_at is None or payment.next_try_at > now):
        return None  # another worker was first
    if payment.state in LIVE and (_is_pointless(order) or now - payment.requested_at > LIVES):
        payment.cancel_wanted = payment.cancel_wanted or not payment.capture_wanted
    call = next_call(
        payment.state,
        asked_at=payment.asked_at,
        now=now,
        cancel_wanted=payment.cancel_wanted,
        capture_wanted=payment.capture_wanted,
    )
    if call is None:
        payment.next_try_at = None
        if payment.state == "created":
            give_up(session, payment, "canceled")
        return None
    if payment.state == "created":
        payment.state = "unknown"
        payment.asked_at = now
    payment.tries += 1
    payment.next_try_at = now + LEASE
    session.flush()
    return _step_of(order, payment, call, now + LEASE)


def _is_pointless(order: SalesOrder) -> bool:
    return order.state == "cancelled" or orders.due_fen(order) <= 0


def _step_of(order: SalesOrder, payment: OnlinePayment, call: str, leased_until: datetime) -> Step:
    ask = Ask(
        attempt=str(payment.id),
        account=payment.account,
        order_number=order.number,
        method=payment.method,
        amount_fen=payment.amount_fen,
        is_held=payment.is_held,
        key=payment.idempotency_key,
        return_url=return_url(),
    )
    return Step(
        payment_id=payment.id,
        call=call,
        ask=ask,
        flow=payment.flow,
        intent_id=payment.intent_id,
        page_id=payment.page_id,
        asked_at=payment.asked_at or payment.requested_at,
        tries=payment.tries,
        leased_until=leased_until,
    )


def _ask(gateway: OnlineGateway, step: Step) -> Seen:
    if step.call == "create":
        return _create(gateway, step)
    if step.call == "look":
        return _look(gateway, step, "never_made")
    if step.call == "refunds":
        return list(gateway.refunds_of(step.ask.account, step.intent_id or ""))
    if step.call in ("capture", "cancel"):
        try:
            return _end(gateway, step)
        except GatewayRefused:
            pass  # it is further than we knew: read where it is
    if step.intent_id is None:
        return gateway.read_page(step.ask.account, step.page_id or "")
    return gateway.read_intent(step.ask.account, step.intent_id)


def _end(gateway: OnlineGateway, step: Step) -> Seen:
    """Capture or cancel. Each try has a key of its own: a second capture or cancellation is refused by the payment's state."""
    account, key = step.ask.account, f"{step.ask.key}-{step.call}-{step.tries}"
    if step.intent_id is None:
        return gateway.expire(account, step.page_id or "", key)
    if step.call == "capture":
        return gateway.capture(account, step.intent_id, key)
    return gateway.cancel(account, step.intent_id, key)


def _create(gateway: OnlineGateway, step: Step) -> Seen:
    """Begin it, or be told how it began: the key makes a second time the same as the first."""
    try:
        if step.flow == "page":
            return gateway.create_page(step.ask)
        return gateway.create_intent(step.ask)
    except GatewayUnknown as error:
        if not error.is_replay:
            raise
        # The key's only answer is an error of theirs. Whether the payment exists all the same is seen by looking.
        return _look(gateway, step, error.code)


def _look(gateway: OnlineGateway, step: Step, code: str) -> Seen:
    """Search the account for it by our mark. GatewayRefused when it is not there: it was never made."""
    since = step.asked_at - EARLIER
    listed: Iterator[Intent | Page] = (
        gateway.pages(step.ask.account, since)
        if step.flow == "page"
        else gateway.intents(step.ask.account, since)
    )
    for one in listed:
        if one.attempt == step.ask.attempt:
            return one
    raise GatewayRefused(code)


def _note_failure(session: Session, step: Step, error: GatewayRefused | GatewayUnknown) -> None:
    _, payment = lock_payment(session, step.payment_id)
    if payment.state == "unknown" and isinstance(error, GatewayRefused):
        give_up(session, payment, "failed", error.code)
    elif payment.next_try_at == step.leased_until:
        payment.last_error = error.code
        payment.next_try_at = utcnow() + wait(payment.tries)


def _take_over(session: Session, step: Step, seen: Seen) -> None:
    order, payment = lock_payment(session, step.payment_id)
    now = utcnow()
    if isinstance(seen, Page):
        take_over_page(session, payment, seen, now)
    elif isinstance(seen, Intent):
        take_over_intent(session, order, payment, seen, now)
    else:
        for given in seen:
            take_over_refund(session, order, payment, given, now)
    if payment.next_try_at == step.leased_until:  # nothing new: look again later, ever more seldom
        later = now + max(wait(payment.tries), FIRST_LOOK)
        payment.next_try_at = later if payment.state in LIVE else None


def read_secret(account: str, intent_id: str) -> str | None:
    """The secret with which the buyer's browser confirms a payment: read when it is needed, never kept.

    Unavailable (`gateway_silent`) while the gateway does not answer.
    """
    gateway = online()
    if gateway is None:
        return None
    try:
        return gateway.read_intent(account, intent_id).client_secret
    except (GatewayRefused, GatewayUnknown) as error:
        raise Unavailable("gateway_silent", "支付通道暂无回应,请稍后重试", retry_after_seconds=5) from error
