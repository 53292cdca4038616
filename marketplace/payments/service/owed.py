"""What a producer is owed, and when: by day due, waiting to count, ready for a run, in a run, on the way, paid."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.actor import Actor
from marketplace.core.clock import day_of, today
from marketplace.core.errors import NotFound
from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Collection, Payout, SettlementItem, SettlementRun
from marketplace.payments.rules.settlement import next_cut_off, policy_for
from marketplace.payments.service.settlement_reading import READ


@dataclass(frozen=True, slots=True)
class OfDay:
    """So much of so many orders on a day; None: the day is not known yet (nothing was delivered)."""

    on: date | None
    orders: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """The picture of one producer today. Amounts in fen; `ready` may be negative: then it is taken off what comes next."""

    producer_id: uuid.UUID
    producer_name: str
    open_orders: tuple[OfDay, ...]  # what buyers still owe, by due day
    waiting_fen: int  # paid into a supervised account for orders that do not count yet
    ready: tuple[OfDay, ...]  # counted and not in a run, by the day through which the run will be
    in_runs_fen: int  # proposed, reviewed or approved, not sent
    on_the_way_fen: int
    paid_out_fen: int
    last_paid_on: date | None


def outlook_of(session: Session, actor: Actor, producer_id: uuid.UUID) -> Outlook:
    """The picture of a producer's organisation. NotFound when the actor may not see it."""
    organisation = session.get(Organisation, producer_id)
    if organisation is None:
        raise NotFound
    actor.require_visible(READ, area=organisation.area_code, owners=(organisation.id,))
    states = {
        state: (int(fen), last)
        for state, fen, last in session.execute(
            select(Payout.state, func.sum(Payout.amount_fen), func.max(Payout.ended_at))
            .where(Payout.producer_organisation_id == producer_id)
            .group_by(Payout.state)
        )
    }
    confirmed, last_paid = states.get("confirmed", (0, None))
    sent, _ = states.get("sent", (0, None))
    return Outlook(
        organisation.id,
        organisation.name,
        _open_orders(session, producer_id),
        _waiting(session, producer_id),
        _ready(session, organisation),
        _in_runs(session, producer_id) - sent,
        sent,
        confirmed,
        None if last_paid is None else day_of(last_paid),
    )


def _open_orders(session: Session, producer_id: uuid.UUID) -> tuple[OfDay, ...]:
    due = SalesOrder.total_fen - SalesOrder.deducted_fen - SalesOrder.paid_fen + SalesOrder.owed_back_fen
    rows = session.execute(
        select(SalesOrder.due_on, func.count(), func.sum(due))
        .where(
            SalesOrder.producer_organisation_id == producer_id,
            SalesOrder.payment_state.in_(("unpaid", "partly_paid")),
            SalesOrder.state != "cancelled",
            due > 0,
        )
        .group_by(SalesOrder.due_on)
        .order_by(SalesOrder.due_on.asc().nulls_last())
    )
    return tuple(OfDay(on, orders, int(fen)) for on, orders, fen in rows)


def _waiting(session: Session, producer_id: uuid.UUID) -> int:
    """What a supervised account keeps for the producer's orders less what of them became settlement items."""
    kept = session.scalar(
        select(func.coalesce(func.sum(SalesOrder.paid_fen - SalesOrder.owed_back_fen), 0))
        .join(Collection, Collection.order_id == SalesOrder.id)
        .where(Collection.producer_organisation_id == producer_id)
    )
    counted = session.scalar(
        select(func.coalesce(func.sum(SettlementItem.amount_fen), 0)).where(
            SettlementItem.producer_organisation_id == producer_id,
            SettlementItem.kind.in_(("sale", "freight", "claim")),
            ~SettlementItem.event.startswith("again:"),
        )
    )
    return int(kept or 0) - int(counted or 0)


def _ready(session: Session, organisation: Organisation) -> tuple[OfDay, ...]:
    item = SettlementItem
    rows = session.execute(
        select(item.due_on, item.order_id, func.sum(item.amount_fen))
        .where(item.producer_organisation_id == organisation.id, item.run_id.is_(None))
        .group_by(item.due_on, item.order_id)
    )
    days: dict[date, tuple[set[uuid.UUID], int]] = {}
    for due_on, order_id, fen in rows:
        day = max(due_on, today())
        on = next_cut_off(policy_for(organisation.area_code, day), day)
        orders, so_far = days.get(on, (set(), 0))
        days[on] = (orders | {order_id}, so_far + int(fen))
    # A run is made on the day after its cut-off: that is when the producer may look for it.
    return tuple(
        OfDay(on + timedelta(days=1), len(orders), fen) for on, (orders, fen) in sorted(days.items())
    )


def _in_runs(session: Session, producer_id: uuid.UUID) -> int:
    found = session.scalar(
        select(func.coalesce(func.sum(SettlementRun.amount_fen), 0)).where(
            SettlementRun.producer_organisation_id == producer_id,
            SettlementRun.state.in_(("proposed", "reviewed", "approved")),
        )
    )
    return int(found or 0)
