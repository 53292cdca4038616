"""The books as people read them: balances by account and party, transfers, and the trial balance.

The platform's finance reads everything over its area (accounts of nobody only over the whole country); an organisation reads the
transfers that have it on a side. Days are those on which money moved or a debt arose, not those of booking.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.clock import day_range, day_start, period_range
from marketplace.core.scope import visible
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Transfer
from marketplace.payments.rules.accounts import ACCOUNT_BY_CODE, ACCOUNTS, Account
from marketplace.payments.service.books import sides

READ: Final = "payments.books"


@dataclass(frozen=True, slots=True)
class Balance:
    """What was debited to and credited to an account of somebody, and what stands on its usual side (fen)."""

    account: str
    title: str
    party_id: uuid.UUID | None
    party_name: str | None
    debit_fen: int
    credit_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account in the trial balance of a month: opening, what moved, closing; fen, debit positive."""

    account: str
    title: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int


def balances(
    session: Session, actor: Actor, *, as_of: date | None = None, account: str | None = None
) -> list[Balance]:
    """Balances by account and party at the end of a day (None: as everything is booked now), of what the actor may see."""
    until = [] if as_of is None else [Transfer.happened_at < day_range(as_of)[1]]
    entry = sides(*until).subquery()
    debit = func.sum(case((entry.c.amount_fen > 0, entry.c.amount_fen), else_=0))
    credit = func.sum(case((entry.c.amount_fen < 0, -entry.c.amount_fen), else_=0))
    statement = (
        select(entry.c.account, entry.c.party, Organisation.name, debit, credit)
        .outerjoin(Organisation, Organisation.id == entry.c.party)
        .where(_party_seen(actor, entry.c.party))
        .group_by(entry.c.account, entry.c.party, Organisation.name)
    )
    if account is not None:
        statement = statement.where(entry.c.account == account)
    order = {one.code: position for position, one in enumerate(ACCOUNTS)}
    found = [_balance(*row) for row in session.execute(statement)]
    return sorted(found, key=lambda one: (order[one.account], one.party_name or "", str(one.party_id)))


def transfers_seen(
    actor: Actor,
    *,
    account: str | None = None,
    kind: str | None = None,
    party_id: uuid.UUID | None = None,
    order_number: str | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> Select[Transfer, str | None]:
    """Transfers with a side that the actor may see, and the number of their order, unsorted, for a paged list or a file.

    `account` and `party_id` narrow to one and the same side.
    """
    statement = (
        select(Transfer, SalesOrder.number.label("order_number"))
        .outerjoin(SalesOrder, SalesOrder.id == Transfer.order_id)
        .where(or_(_party_seen(actor, Transfer.debit_party), _party_seen(actor, Transfer.credit_party)))
    )
    if account is not None or party_id is not None:
        statement = statement.where(
            or_(
                _side(Transfer.debit_account, Transfer.debit_party, account, party_id),
                _side(Transfer.credit_account, Transfer.credit_party, account, party_id),
            )
        )
    if kind is not None:
        statement = statement.where(Transfer.kind == kind)
    if order_number is not None:
        statement = statement.where(SalesOrder.number == order_number)
    if from_on is not None:
        statement = statement.where(Transfer.happened_at >= day_start(from_on))
    if to_on is not None:
        statement = statement.where(Transfer.happened_at < day_range(to_on)[1])
    return statement


def trial_balance(session: Session, actor: Actor, period: str) -> list[TrialLine]:
    """试算平衡 of a month, every account; Σ debits = Σ credits. Forbidden unless the actor reads the whole country's books."""
    actor.require(READ, area=None)
    start, end = period_range(period)
    entry = sides(Transfer.happened_at < end).subquery()
    fen, within = entry.c.amount_fen, entry.c.happened_at >= start
    rows = session.execute(
        select(
            entry.c.account,
            func.sum(fen).filter(~within),
            func.sum(fen).filter(within, fen > 0),
            func.sum(-fen).filter(within, fen < 0),
        ).group_by(entry.c.account)
    )
    moved = {account: [int(sum_ or 0) for sum_ in sums] for account, *sums in rows}
    return [_trial_line(one, *moved.get(one.code, (0, 0, 0))) for one in ACCOUNTS]


def names_of(session: Session, transfers: Sequence[Transfer]) -> dict[uuid.UUID, str]:
    """The names of everybody on a side of these transfers."""
    parties = {
        party for one in transfers for party in (one.debit_party, one.credit_party) if party is not None
    }
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(parties)))
    return dict(rows.all())


def _trial_line(of: Account, opening: int, debit: int, credit: int) -> TrialLine:
    return TrialLine(of.code, of.title, opening, debit, credit, opening + debit - credit)


def _balance(account: str, party: uuid.UUID | None, name: str | None, debit: Any, credit: Any) -> Balance:
    declared = ACCOUNT_BY_CODE[account]
    net = int(debit) - int(credit)
    return Balance(
        account,
        declared.title,
        party,
        name,
        int(debit),
        int(credit),
        net if declared.side == "debit" else -net,
    )


def _party_seen(actor: Actor, party: Any) -> ColumnElement[bool]:
    own = select(Organisation.id).where(
        visible(actor, READ, area=Organisation.area_code, owners=[Organisation.id])
    )
    everything = actor.may_on(READ, area=None)
    return or_(party.in_(own), party.is_(None) if everything else false())


def _side(column: Any, party: Any, account: str | None, party_id: uuid.UUID | None) -> ColumnElement[bool]:
    parts = []
    if account is not None:
        parts.append(column == account)
    if party_id is not None:
        parts.append(party == party_id)
    return and_(*parts)
