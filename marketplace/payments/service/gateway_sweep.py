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
from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways import online
from marketplace.payments.gateways.protocol import (
    GatewayRefused,
    GatewayUnknown,
    GivenBack,
    Intent,
    OnlineGateway,
)
from marketplace.payments.models import OnlinePayment, Refund, Transfer
from marketplace.payments.service.checks import open_amount_differences
from marketplace.payments.service.gateway_events import parked_age
from marketplace.payments.service.online_rows import lock_payment
from marketplace.payments.service.online_settle import CLEARING, take_over_intent
from marketplace.payments.service.refund_news import take_over_refund

log = structlog.get_logger(__name__)
#: How far back the daily comparison reads: longer than the gateway repeats a message.
DAYS: Final = 14
#: A message that waits longer than this is a difference.
PARKED_TOO_LONG: Final = timedelta(hours=1)
#: For clocks that differ.
_EARLIER: Final = timedelta(minutes=10)
_IS_BACK: Final = and_(
    Refund.state == "confirmed", Refund.gateway_id.is_not(None), Refund.bounced_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one side says and another does not, in fen: `kind` is what was compared, `subject` the number of what."""

    kind: str  # captured | given_back | booked | open_amount | payment | parked | gateway
    subject: str
    there_fen: int
    here_fen: int
    reason: str = ""


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
    """Both of the gateway's lists, read page by page; only what is news to us costs a transaction."""
    with transaction() as session:
        rows = session.execute(
            select(
                OnlinePayment.id, OnlinePayment.number, OnlinePayment.state, OnlinePayment.intent_id
            ).where(OnlinePayment.account == account)
        ).all()
    known = {row.id: row for row in rows}
    of_intent: dict[str | None, uuid.UUID] = {row.intent_id: row.id for row in rows if row.intent_id}
    captured: Counter[uuid.UUID] = Counter()
    found: list[Difference] = []
    for payment_id, intent in _ours(gateway, account, since):
        row = known.get(payment_id)
        if row is None:
            found.append(Difference("payment", intent.id, intent.captured, 0, "unknown_object"))
            continue
        of_intent[intent.id] = payment_id
        if intent.state == "captured":
            captured[payment_id] += intent.captured
        if (row.state, row.intent_id) != (intent.state, intent.id):
            found += _heal(row.number, intent.captured, _taking_over_intent(payment_id, intent))
    given: Counter[uuid.UUID] = Counter()
    taken_over = _refunds_known(account)
    for back in gateway.refunds(account, since - _EARLIER):
        back_of = of_intent.get(back.intent_id)
        if back_of is None:
            continue  # of a sale that is not ours
        if back.state == "confirmed":
            given[back_of] += back.amount
        if taken_over.get(back.id) != back.state:
            found += _heal(known[back_of].number, back.amount, _taking_over_refund(back_of, back))
    with transaction() as session:
        found += _differing(session, account, since, captured, given)
    return found


def _ours(gateway: OnlineGateway, account: str, since: datetime) -> Iterator[tuple[uuid.UUID, Intent]]:
    """The gateway's payments that bear our mark."""
    for intent in gateway.intents(account, since - _EARLIER):
        try:
            yield uuid.UUID(intent.attempt or ""), intent
        except ValueError:
            continue


def _heal(number: str, there_fen: int, reason: str | None) -> list[Difference]:
    return [] if reason is None else [Difference("payment", number, there_fen, 0, reason)]


def _taking_over_intent(payment_id: uuid.UUID, intent: Intent) -> str | None:
    with transaction() as session:
        order, payment = lock_payment(session, payment_id)
        return take_over_intent(session, order, payment, intent, utcnow())


def _taking_over_refund(payment_id: uuid.UUID, back: GivenBack) -> str | None:
    with transaction() as session:
        order, payment = lock_payment(session, payment_id)
        return take_over_refund(session, order, payment, back, utcnow())


def _refunds_known(account: str) -> dict[str | None, str]:
    """Where each refund stands at the gateway, as far as we know."""
    with transaction() as session:
        rows = session.execute(
            select(Refund.gateway_id, Refund.state, Refund.bounced_at)
            .join(OnlinePayment, OnlinePayment.id == Refund.online_payment_id)
            .where(OnlinePayment.account == account, Refund.gateway_id.is_not(None))
        )
        return {row.gateway_id: "failed" if row.bounced_at else row.state for row in rows}


def _differing(
    session: Session,
    account: str,
    since: datetime,
    captured: Counter[uuid.UUID],
    given: Counter[uuid.UUID],
) -> Iterator[Difference]:
    """Payments of the time compared that stand otherwise with us than at the gateway."""
    back = (
        select(Refund.online_payment_id, func.sum(Refund.amount_fen).label("fen"))
        .where(_IS_BACK)
        .group_by(Refund.online_payment_id)
        .subquery()
    )
    for payment, returned in session.execute(
        select(OnlinePayment, func.coalesce(back.c.fen, 0))
        .outerjoin(back, back.c.online_payment_id == OnlinePayment.id)
        .where(OnlinePayment.account == account, OnlinePayment.requested_at >= since)
        .order_by(OnlinePayment.id)
    ):
        there = captured[payment.id]
        if payment.captured_fen != there:
            yield Difference("captured", payment.number, there, payment.captured_fen, payment.taken_as or "")
        if int(returned) != given[payment.id]:
            yield Difference("given_back", payment.number, given[payment.id], int(returned))


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
        .where(_IS_BACK)
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
