"""对账单 of a producer and a month: what it was owed at the beginning, every movement, what it is owed at the end.

Drawn from the transfers on its account, so opening + movements = closing by construction, and the next month opens where this one
closed. Nothing of a buyer but its name is in it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.clock import month_begun, period_of, period_range
from marketplace.core.errors import Conflict, NotFound
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Collection, Transfer
from marketplace.payments.rules.accounts import KINDS
from marketplace.payments.service.books import sides
from marketplace.payments.service.settlement_reading import READ

ACCOUNT: Final = "producer_payable"
WAY: Final = "payout_clearing"
FEES: Final = "gateway_fees"
MOST_MOVEMENTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer on the producer's account: positive when it is owed more, negative when less (fen).

    `fee_fen` is what the gateway kept of a payment online, or of its refund: the producer's cost, not part of what it is owed.
    """

    happened_at: datetime
    title: str
    order_number: str | None
    buyer_name: str | None
    is_supervised: bool
    amount_fen: int
    balance_fen: int
    fee_fen: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """A producer's month. `on_the_way_fen` was sent by the bank and not confirmed when the month ended."""

    producer_id: uuid.UUID
    producer_name: str
    period: str
    opening_fen: int
    closing_fen: int
    on_the_way_fen: int
    movements: tuple[Movement, ...]
    fees_fen: int  # what the gateway kept in the month, less what it gave back
    is_demo: bool

    @property
    def more_fen(self) -> int:
        """Everything that the producer came to be owed."""
        return sum(one.amount_fen for one in self.movements if one.amount_fen > 0)

    @property
    def less_fen(self) -> int:
        """Everything that was paid or came off, positive."""
        return -sum(one.amount_fen for one in self.movements if one.amount_fen < 0)


def statement_of(session: Session, actor: Actor, producer_id: uuid.UUID, period: str) -> Statement:
    """The statement of a producer's organisation for a month. NotFound when the actor may not see it.

    Conflict (`too_many_movements`) above 20,000 transfers: those are read from the books page by page.
    """
    organisation = session.get(Organisation, producer_id)
    if organisation is None:
        raise NotFound
    actor.require_visible(READ, area=organisation.area_code, owners=(organisation.id,))
    start, end = period_range(period)
    opening = _owed(session, ACCOUNT, producer_id, start)
    rows = session.execute(
        select(Transfer, SalesOrder.number, SalesOrder.buyer_name, Collection.order_id)
        .outerjoin(SalesOrder, SalesOrder.id == Transfer.order_id)
        .outerjoin(Collection, Collection.order_id == Transfer.order_id)
        .where(
            _of_producer(producer_id),
            Transfer.happened_at >= start,
            Transfer.happened_at < end,
        )
        .order_by(Transfer.happened_at, Transfer.transfer_no)
        .limit(MOST_MOVEMENTS + 1)
    ).all()
    if len(rows) > MOST_MOVEMENTS:
        raise Conflict("too_many_movements", "本月流水过多,请按页查询账簿")
    fees = _fees(session, producer_id, start, end)
    fees_fen = sum(fees.values())
    movements: list[Movement] = []
    stands = opening
    for transfer, number, buyer_name, supervised in rows:
        is_credit = transfer.credit_account == ACCOUNT and transfer.credit_party == producer_id
        amount = transfer.amount_fen if is_credit else -transfer.amount_fen
        stands += amount
        movements.append(
            Movement(
                transfer.happened_at,
                KINDS[transfer.kind],
                number,
                buyer_name,
                supervised is not None,
                amount,
                stands,
                fees.pop(transfer.event, 0),
            )
        )
    return Statement(
        organisation.id,
        organisation.name,
        period,
        opening,
        stands,
        _owed(session, WAY, producer_id, end),
        tuple(movements),
        fees_fen,
        organisation.is_demo,
    )


def newest_month_of(session: Session, producer_id: uuid.UUID) -> str:
    """The newest month in which anything moved on the account of a producer's organisation, else the present one."""
    newest = session.scalar(select(func.max(Transfer.happened_at)).where(_of_producer(producer_id)))
    return month_begun(None if newest is None else period_of(newest))


def _of_producer(producer_id: uuid.UUID) -> ColumnElement[bool]:
    return ((Transfer.debit_account == ACCOUNT) & (Transfer.debit_party == producer_id)) | (
        (Transfer.credit_account == ACCOUNT) & (Transfer.credit_party == producer_id)
    )


def _owed(session: Session, account: str, producer_id: uuid.UUID, before: datetime) -> int:
    """What stands on the credit side of the producer's account before an instant, in fen."""
    entry = sides(Transfer.happened_at < before).subquery()
    found = session.scalar(
        select(func.coalesce(func.sum(entry.c.amount_fen), 0)).where(
            entry.c.account == account, entry.c.party == producer_id
        )
    )
    return -int(found or 0)


def _fees(session: Session, producer_id: uuid.UUID, start: datetime, end: datetime) -> dict[str, int]:
    """The gateway's fees of a producer's month by the event that they belong to (`gateway_fees.book_fees`), in fen."""
    entry = select(
        func.regexp_replace(Transfer.event, "^fee:(.*):[^:]*$", "\\1").label("event"),
        case((Transfer.debit_account == FEES, Transfer.amount_fen), else_=-Transfer.amount_fen).label("fen"),
    ).where(
        ((Transfer.debit_account == FEES) & (Transfer.debit_party == producer_id))
        | ((Transfer.credit_account == FEES) & (Transfer.credit_party == producer_id)),
        Transfer.happened_at >= start,
        Transfer.happened_at < end,
    )
    found = entry.subquery()
    rows = session.execute(select(found.c.event, func.sum(found.c.fen)).group_by(found.c.event))
    return {event: int(fen) for event, fen in rows}
