"""Whether the books of money and the orders say the same, to the fen."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder
from marketplace.payments.service.books import sides


@dataclass(frozen=True, slots=True)
class Difference:
    """An order whose open amount (fen, negative: owed back) is not what stands on the buyer's account for it."""

    order_id: uuid.UUID
    order_number: str
    open_fen: int
    booked_fen: int


def open_amount_differences(session: Session, limit: int = 1_000) -> list[Difference]:
    """Orders for which the books are wrong, by number of order, at most `limit`; none is the goal.

    What is open on an order is its total less what was taken off and received, plus what went back.
    """
    entry = sides().subquery()
    booked = (
        select(entry.c.order_id, func.sum(entry.c.amount_fen).label("fen"))
        .where(entry.c.account == "buyer_receivable")
        .group_by(entry.c.order_id)
        .subquery()
    )
    is_open = SalesOrder.total_fen - SalesOrder.deducted_fen - SalesOrder.paid_fen + SalesOrder.refunded_fen
    stands = func.coalesce(booked.c.fen, 0)
    rows = session.execute(
        select(SalesOrder.id, SalesOrder.number, is_open, stands)
        .outerjoin(booked, booked.c.order_id == SalesOrder.id)
        .where(is_open != stands)
        .order_by(SalesOrder.order_no)
        .limit(limit)
    )
    return [Difference(order_id, number, int(fen), int(has)) for order_id, number, fen, has in rows]
