"""Whether orders and invoices say the same, to the fen; none is the goal of the daily check."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder
from marketplace.payments.models import Invoice, InvoiceLine


@dataclass(frozen=True, slots=True)
class InvoiceDifference:
    """An order whose own figures of blue invoices and red letters (fen) are not what the lines of its invoices make."""

    order_id: uuid.UUID
    order_number: str
    invoiced_fen: int
    red_fen: int
    blue_lines_fen: int
    red_lines_fen: int


def invoice_differences(session: Session, limit: int = 1_000) -> list[InvoiceDifference]:
    """Orders with invoices for which the two differ, by number of order, at most `limit`."""
    blue, red = (
        func.sum(case((Invoice.color == color, InvoiceLine.gross_fen), else_=0)) for color in ("blue", "red")
    )
    lines = (
        select(InvoiceLine.order_id, blue.label("blue_fen"), red.label("red_fen"))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .group_by(InvoiceLine.order_id)
        .subquery()
    )
    rows = session.execute(
        select(
            SalesOrder.id,
            SalesOrder.number,
            SalesOrder.invoiced_fen,
            SalesOrder.red_fen,
            lines.c.blue_fen,
            lines.c.red_fen,
        )
        .join(lines, lines.c.order_id == SalesOrder.id)
        .where((SalesOrder.invoiced_fen != lines.c.blue_fen) | (SalesOrder.red_fen != lines.c.red_fen))
        .order_by(SalesOrder.order_no)
        .limit(limit)
    )
    return [
        InvoiceDifference(order_id, number, invoiced, red_fen, int(blue_lines), int(red_lines))
        for order_id, number, invoiced, red_fen, blue_lines, red_lines in rows
    ]
