"""What the daily comparison finds: payments that stand otherwise at the gateway, and books that differ from our rows."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from marketplace.core.clock import utcnow
from marketplace.orders.models import SalesOrder
from marketplace.payments.gateways.protocol import Fee
from marketplace.payments.models import OnlinePayment, Refund, Transfer
from marketplace.payments.rules.refunds import CURRENCY
from marketplace.payments.service.checks import open_amount_differences
from marketplace.payments.service.gateway_events import parked_age
from marketplace.payments.service.online_settle import CLEARING
from marketplace.payments.service.refunds import is_replaced

#: A message that waits longer than this is a difference.
PARKED_TOO_LONG: Final = timedelta(hours=1)
#: A payment whose fee the gateway has not told by then is a difference.
FEE_TOLD_WITHIN: Final = timedelta(days=1)
FEES: Final = "gateway_fees"
_IS_BACK: Final = and_(
    Refund.state == "confirmed", Refund.gateway_id == Refund.reference, Refund.bounced_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one side says and another does not, in fen: `kind` is what was compared, `subject` the number of what."""

    kind: str  # captured | given_back | fee | fee_booked | booked | open_amount | payment | parked | gateway
    subject: str
    there_fen: int
    here_fen: int
    reason: str = ""


@dataclass(slots=True)
class Seen:
    """What the gateway's lists say of our payments, in fen: taken, given back, and the fees told, each once."""

    captured: Counter[uuid.UUID] = field(default_factory=Counter)
    given: Counter[uuid.UUID] = field(default_factory=Counter)
    fees: dict[uuid.UUID, dict[str, Fee]] = field(default_factory=dict)

    def note_fees(self, payment_id: uuid.UUID, fees: Iterable[Fee]) -> None:
        """Fees of a payment, or of a refund of it."""
        for one in fees:
            self.fees.setdefault(payment_id, {})[one.id] = one

    def fee_of(self, payment_id: uuid.UUID) -> int:
        """What the gateway kept of a payment in our currency, in fen."""
        told = self.fees.get(payment_id, {}).values()
        return sum(one.amount for one in told if one.currency == CURRENCY)


def differing_payments(session: Session, account: str, since: datetime, seen: Seen) -> Iterator[Difference]:
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
        there = seen.captured[payment.id]
        if payment.captured_fen != there:
            yield Difference("captured", payment.number, there, payment.captured_fen, payment.taken_as or "")
        if int(returned) != seen.given[payment.id]:
            yield Difference("given_back", payment.number, seen.given[payment.id], int(returned))
        if payment.state == "captured" and payment.taken_as != "mismatch":
            yield from _differing_fee(payment, seen)


def _differing_fee(payment: OnlinePayment, seen: Seen) -> Iterator[Difference]:
    """A fee that is not booked, or that nobody has told a day after the payment."""
    there = seen.fee_of(payment.id)
    if any(one.currency != CURRENCY for one in seen.fees.get(payment.id, {}).values()):
        yield Difference("fee", payment.number, there, payment.fee_fen, "currency")
    elif there != payment.fee_fen:
        yield Difference("fee", payment.number, there, payment.fee_fen)
    elif payment.id not in seen.fees and utcnow() - (payment.settled_at or utcnow()) > FEE_TOLD_WITHIN:
        yield Difference("fee", payment.number, there, payment.fee_fen, "not_told")


def differing_books(session: Session) -> Iterator[Difference]:
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
    yield from _differing_fees(session)
    for one in open_amount_differences(session):
        yield Difference("open_amount", one.order_number, one.open_fen, one.booked_fen)


def unsettled(session: Session) -> Iterator[Difference]:
    """Messages that are parked for too long, and refunds that came back and wait for people."""
    count, oldest = parked_age(session)
    if oldest is not None and utcnow() - oldest > PARKED_TOO_LONG:
        yield Difference("parked", str(count), 0, 0, f"since {oldest.isoformat(timespec='seconds')}")
    for number, reason in session.execute(
        select(Refund.number, Refund.last_error)
        .where(Refund.bounced_at.is_not(None), ~is_replaced())
        .order_by(Refund.id)
    ):
        yield Difference("given_back", number, 0, 0, reason or "bounced")


def _differing_fees(session: Session) -> Iterator[Difference]:
    """Orders for which the books have another sum of the gateway's fees than the rows."""
    nothing = literal(0, BigInteger)
    said = union_all(
        select(OnlinePayment.order_id, OnlinePayment.fee_fen.label("told"), nothing.label("booked")),
        select(Transfer.order_id, nothing, Transfer.amount_fen).where(Transfer.debit_account == FEES),
        select(Transfer.order_id, nothing, -Transfer.amount_fen).where(Transfer.credit_account == FEES),
    ).subquery()
    told, booked = func.sum(said.c.told), func.sum(said.c.booked)
    for number, there, here in session.execute(
        select(SalesOrder.number, told, booked)
        .join(said, said.c.order_id == SalesOrder.id)
        .group_by(SalesOrder.number, SalesOrder.order_no)
        .having(told != booked)
        .order_by(SalesOrder.order_no)
    ):
        yield Difference("fee_booked", number, int(there), int(here))
