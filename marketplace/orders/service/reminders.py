"""Telling buyers that a payment is due, and both sides when it is overdue. Twice is the same as once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Text, cast, exists, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.accounts.service.inbox import notify
from marketplace.core.clock import today
from marketplace.core.db import lock_exclusive
from marketplace.orders.models import SalesOrder

DAYS_BEFORE: Final = 7
DAYS_AFTER: Final = 30  # an older debt is somebody's task, not a reminder
_BATCH: Final = 500


def remind_of_payments(session: Session) -> int:
    """Notices ``payment_due`` to buyers a week ahead and ``payment_overdue`` to both sides; how many orders were told of.

    Each order is told of once per due day, so a deadline that was put off is told of again. Several workers may ask at once.
    """
    lock_exclusive(session, "orders.remind", "payments")
    now = today()
    due = _open_orders(session, "payment_due", now, now + timedelta(days=DAYS_BEFORE))
    overdue = _open_orders(
        session, "payment_overdue", now - timedelta(days=DAYS_AFTER), now - timedelta(days=1)
    )
    for order in due:
        _tell(session, "payment_due", order, (order.buyer_id,))
    for order in overdue:
        _tell(session, "payment_overdue", order, (order.buyer_id, order.producer_organisation_id))
    return len(due) + len(overdue)


def _open_orders(session: Session, kind: str, first: date, last: date) -> list[SalesOrder]:
    return list(
        session.scalars(
            select(SalesOrder)
            .where(
                SalesOrder.due_on.between(first, last),
                SalesOrder.state != "cancelled",
                SalesOrder.paid_fen < SalesOrder.total_fen - SalesOrder.deducted_fen,
                ~_told(kind),
            )
            .order_by(SalesOrder.order_no)
            .limit(_BATCH)
        )
    )


def _told(kind: str) -> ColumnElement[bool]:
    return exists().where(
        InboxNotice.organisation_id == SalesOrder.buyer_id,
        InboxNotice.kind == kind,
        InboxNotice.subject_id == SalesOrder.number,
        InboxNotice.detail["due_on"].astext == cast(SalesOrder.due_on, Text),
    )


def _tell(session: Session, kind: str, order: SalesOrder, organisations: Iterable[uuid.UUID]) -> None:
    for organisation_id in organisations:
        notify(
            session,
            kind,
            "order",
            order.number,
            organisation_id=organisation_id,
            detail={
                "due_on": str(order.due_on),
                "open_fen": order.total_fen - order.deducted_fen - order.paid_fen,
            },
        )
