"""Whether the gateway, our rows and the books say the same, to the fen: what was missed is taken over, then all is compared.

A message can be lost for days; the gateway's own lists cannot. Run daily by the worker, and by `flask payments reconcile`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Row, select

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.payments.gateways import online
from marketplace.payments.gateways.protocol import (
    GatewayRefused,
    GatewayUnknown,
    GivenBack,
    Intent,
    OnlineGateway,
)
from marketplace.payments.models import OnlinePayment, Refund
from marketplace.payments.service.gateway_differences import (
    Difference,
    Seen,
    differing_books,
    differing_payments,
    unsettled,
)
from marketplace.payments.service.online_rows import lock_payment
from marketplace.payments.service.online_settle import take_over_intent
from marketplace.payments.service.refund_news import take_over_refund

log = structlog.get_logger(__name__)
#: How far back the daily comparison reads: longer than the gateway repeats a message.
DAYS: Final = 14
#: For clocks that differ.
_EARLIER: Final = timedelta(minutes=10)


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
        found += [*differing_books(session), *unsettled(session)]
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
    seen = Seen()
    intents: dict[uuid.UUID, Intent] = {}
    found: list[Difference] = []
    for payment_id, intent in _ours(gateway, account, since):
        row = known.get(payment_id)
        if row is None:
            found.append(Difference("payment", intent.id, intent.captured, 0, "unknown_object"))
            continue
        of_intent[intent.id] = payment_id
        if intent.state == "captured":
            seen.captured[payment_id] += intent.captured
            seen.note_fees(payment_id, intent.fees)
            intents[payment_id] = intent
        if (row.state, row.intent_id) != (intent.state, intent.id):
            found += _heal(row.number, intent.captured, _taking_over_intent(payment_id, intent))
    taken_over = _refunds_known(account)
    back_on: dict[uuid.UUID, list[GivenBack]] = {}
    for back in gateway.refunds(account, since - _EARLIER):
        back_of = of_intent.get(back.intent_id)
        if back_of is None:
            continue  # of a sale that is not ours
        if back.state == "confirmed":
            seen.given[back_of] += back.amount
        seen.note_fees(back_of, back.fees)
        if back.fees:
            back_on.setdefault(back_of, []).append(back)
        if taken_over.get(back.id) != back.state:
            found += _heal(known[back_of].number, back.amount, _taking_over_refund(back_of, back))
    _book_fees(account, seen, intents, back_on)
    with transaction() as session:
        found += differing_payments(session, account, since, seen)
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


def _book_fees(
    account: str, seen: Seen, intents: dict[uuid.UUID, Intent], back_on: dict[uuid.UUID, list[GivenBack]]
) -> None:
    """Book the fees of payments whose sum we do not have: messages never tell them, so most are learnt here."""
    with transaction() as session:
        booked = dict(
            session.execute(
                select(OnlinePayment.id, OnlinePayment.fee_fen).where(
                    OnlinePayment.account == account, OnlinePayment.id.in_(seen.fees)
                )
            ).all()
        )
    for payment_id, fee_fen in booked.items():
        if fee_fen == seen.fee_of(payment_id):
            continue
        if payment_id in intents:
            _taking_over_intent(payment_id, intents[payment_id])
        for back in back_on.get(payment_id, ()):
            _taking_over_refund(payment_id, back)


def _refunds_known(account: str) -> dict[str | None, str]:
    """Where each refund stands at the gateway, as far as we know."""
    with transaction() as session:
        rows = session.execute(
            select(Refund.gateway_id, Refund.state, Refund.reference, Refund.bounced_at)
            .join(OnlinePayment, OnlinePayment.id == Refund.online_payment_id)
            .where(OnlinePayment.account == account, Refund.gateway_id.is_not(None))
        )
        return {row.gateway_id: "failed" if _has_failed(row) else row.state for row in rows}


def _has_failed(row: Row[str | None, str, str | None, datetime | None]) -> bool:
    """Whether the gateway ended it as failed, as far as we know, whatever people did then."""
    given_by_bank = row.state == "confirmed" and row.reference != row.gateway_id
    return row.bounced_at is not None or row.state == "replaced" or given_by_bank
