"""Whether the gateway, our rows and the books say the same, to the fen: what was missed is taken over, then all is compared.

A message can be lost for days; the gateway's own lists cannot. Run daily by the worker, and by `flask payments reconcile`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import online
from marketplace.payments.gateways.protocol import GatewayRefused, GatewayUnknown, Intent, OnlineGateway
from marketplace.payments.models import OnlinePayment, Refund, Transfer
from marketplace.payments.service.checks import open_amount_differences
from marketplace.payments.service.gateway_events import parked_age
from marketplace.payments.service.online_rows import lock_payment
from marketplace.payments.service.online_settle import CLEARING, take_over_intent
from marketplace.payments.service.refunds_seen import take_over_refund

log = structlog.get_logger(__name__)
#: How far back the daily comparison reads: longer than the gateway repeats a message.
DAYS: Final = 14
#: A message that waits longer than this is a difference.
PARKED_TOO_LONG: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one side says and another does not, in fen: `kind` is what was compared, `subject` the number of what."""

    kind: str  # captured | given_back | booked | open_amount | payment | parked | gateway
    subject: str
    there_fen: int
    here_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The gateway's view of one of our payments."""

    payment_id: uuid.UUID
    intent: Intent


def reconcile(since: datetime | None = None) -> list[Difference]:
    """Take over what was missed since then (a fortnight), then every difference that is left; none is the goal."""
    gateway = online()
    begun = since or utcnow() - timedelta(days=DAYS)
    found: list[Difference] = []
    if gateway is not None:
        for account in _accounts(begun):
            try:
                found += _compare_account(gateway, account, begun)
            except (GatewayRefused, GatewayUnknown) as error:
                found.append(Difference("gateway", account, 0, 0, error.code))
    with transaction() as session:
        found += [*_books(session), *_unsettled(session)]
    return found


def sweep() -> None:
    """The daily run: differences go to the log, where an operator's alarm finds them."""
    if online() is None:
        return
    found = reconcile()
    for one in found[:100]:
        log.error("payment_difference", kind=one.kind, subject=one.subject, reason=one.reason)
    log.info("payments_reconciled", differences=len(found))


def _accounts(since: datetime) -> list[str]:
    with transaction() as session:
        return list(
            session.scalars(
                select(OnlinePayment.account)
                .where(OnlinePayment.requested_at >= since)
                .distinct()
                .order_by(OnlinePayment.account)
            )
        )


def _compare_account(gateway: OnlineGateway, account: str, since: datetime) -> list[Difference]:
    seen = [_Seen(payment_id, intent) for payment_id, intent in _ours(gateway, account, since)]
    given: Counter[uuid.UUID] = Counter()
    found: list[Difference] = []
    for one in seen:
        found += _heal(gateway, account, one, given)
    captured = {one.payment_id: one.intent.captured for one in seen if one.intent.state == "captured"}
    with transaction() as session:
        for payment in session.scalars(
            select(OnlinePayment)
            .where(OnlinePayment.account == account, OnlinePayment.requested_at >= since)
            .order_by(OnlinePayment.id)
        ):
            there, back = captured.get(payment.id, 0), given[payment.id]
            if payment.captured_fen != there:
                found.append(
                    Difference(
                        "captured", payment.number, there, payment.captured_fen, payment.taken_as or ""
                    )
                )
            if (here := _confirmed(session, payment)) != back:
                found.append(Difference("given_back", payment.number, back, here))
    return found


def _ours(gateway: OnlineGateway, account: str, since: datetime) -> Iterator[tuple[uuid.UUID, Intent]]:
    """The gateway's payments that bear our mark."""
    for intent in gateway.intents(account, since - timedelta(minutes=10)):
        try:
            yield uuid.UUID(intent.attempt or ""), intent
        except ValueError:
            continue


def _heal(
    gateway: OnlineGateway, account: str, one: _Seen, given: Counter[uuid.UUID]
) -> Iterator[Difference]:
    """Take over what the gateway says of one payment and of what went back of it; what cannot be is a difference."""
    backs = list(gateway.refunds_of(account, one.intent.id)) if one.intent.state == "captured" else []
    given[one.payment_id] += sum(back.amount for back in backs if back.state == "confirmed")
    with transaction() as session:
        if session.get(OnlinePayment, one.payment_id) is None:
            yield Difference("payment", one.intent.id, one.intent.captured, 0, "unknown_object")
            return
        order, payment = lock_payment(session, one.payment_id)
        number, now = payment.number, utcnow()
        if payment.account != account:
            yield Difference("payment", number, one.intent.captured, 0, "account")
            return
        reason = take_over_intent(session, order, payment, one.intent, now)
        if reason is not None:
            yield Difference("payment", number, one.intent.captured, 0, reason)
    for back in backs:
        with transaction() as session:
            order, payment = lock_payment(session, one.payment_id)
            reason = take_over_refund(session, order, payment, back, utcnow())
        if reason is not None:
            yield Difference("given_back", number, back.amount, 0, reason)


def _confirmed(session: Session, payment: OnlinePayment) -> int:
    return int(
        session.scalar(
            select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(
                Refund.online_payment_id == payment.id,
                Refund.state == "confirmed",
                Refund.gateway_id.is_not(None),
                Refund.bounced_at.is_(None),
            )
        )
        or 0
    )


def _books(session: Session) -> Iterator[Difference]:
    """Orders for which the books have another sum taken online and given back than the rows."""
    net = case((Transfer.debit_account == CLEARING, Transfer.amount_fen), else_=-Transfer.amount_fen)
    booked = (
        select(Transfer.order_id, func.sum(net).label("fen"))
        .where(
            (Transfer.debit_account == CLEARING) | (Transfer.credit_account == CLEARING),
            Transfer.kind.in_(("received", "returned", "bounced")),
        )
        .group_by(Transfer.order_id)
        .subquery()
    )
    taken = (
        select(OnlinePayment.order_id, func.sum(OnlinePayment.captured_fen).label("fen"))
        .where(OnlinePayment.state == "captured", OnlinePayment.taken_as != "mismatch")
        .group_by(OnlinePayment.order_id)
        .subquery()
    )
    back = (
        select(Refund.order_id, func.sum(Refund.amount_fen).label("fen"))
        .where(Refund.state == "confirmed", Refund.gateway_id.is_not(None), Refund.bounced_at.is_(None))
        .group_by(Refund.order_id)
        .subquery()
    )
    rows = func.coalesce(taken.c.fen, 0) - func.coalesce(back.c.fen, 0)
    stands = func.coalesce(booked.c.fen, 0)
    for number, here, there in session.execute(
        select(SalesOrder.number, stands, rows)
        .join(taken, taken.c.order_id == SalesOrder.id)
        .outerjoin(back, back.c.order_id == SalesOrder.id)
        .outerjoin(booked, booked.c.order_id == SalesOrder.id)
        .where(stands != rows)
        .order_by(SalesOrder.order_no)
    ):
        yield Difference("booked", number, int(there), int(here))
    for one in open_amount_differences(session):
        yield Difference("open_amount", one.order_number, one.open_fen, one.booked_fen)


def _unsettled(session: Session) -> Iterator[Difference]:
    count, oldest = parked_age(session)
    if oldest is not None and utcnow() - oldest > PARKED_TOO_LONG:
        yield Difference("parked", str(count), 0, 0, f"since {oldest.isoformat(timespec='seconds')}")
    for number, reason in session.execute(
        select(Refund.number, Refund.last_error).where(Refund.bounced_at.is_not(None)).order_by(Refund.id)
    ):
        yield Difference("given_back", number, 0, 0, reason or "bounced")
