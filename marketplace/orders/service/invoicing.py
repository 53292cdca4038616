"""What the invoices above say about an order, called down by payments: asked for, invoiced, taken back by a red letter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.reading import lines_of, note, settle_invoice_state
from marketplace.orders.service.tally import count_lines, happened, may_count


def worth_fen(order: SalesOrder) -> int:
    """What the order is worth now, in fen: its total less what was cancelled, rejected or returned."""
    return order.total_fen - order.deducted_fen


def red_owed_fen(order: SalesOrder) -> int:
    """How much more is invoiced than the order is worth, in fen: what a red letter must take back; 0 when nothing."""
    return max(order.invoiced_fen - order.red_fen - worth_fen(order), 0)


def mark_invoice_asked(
    session: Session, order: SalesOrder, *, asked: bool, actor: Actor | None, number: str
) -> None:
    """An invoice is asked for, or no longer. Order locked; `number` is the request's."""
    settle_invoice_state(order, asked=asked)
    order.row_version += 1
    session.flush()
    note(session, order, "invoice_asked" if asked else "invoice_not_asked", actor, utcnow(), number=number)


def mark_invoiced(
    session: Session,
    order: SalesOrder,
    *,
    number: str,
    blue_fen: int = 0,
    red_fen: int = 0,
    at: datetime,
    actor: Actor | None,
) -> None:
    """An invoice over `blue_fen` of the order, or a red letter over `red_fen`, was issued `at`. Order locked.

    Once blue less red covers what the order is worth it is invoiced, and lines whose policy waits for that count. The database
    refuses more than the order's total (`ck_sales_order_invoiced`).
    """
    order.invoiced_fen += blue_fen
    order.red_fen += red_fen
    settle_invoice_state(order, asked=False)
    is_invoiced = "invoiced" in happened(order)
    if is_invoiced and order.invoiced_at is None:
        order.invoiced_at = at
    order.row_version += 1
    session.flush()
    kind = "invoiced" if blue_fen else "red_letter"
    note(session, order, kind, actor, utcnow(), number=number, amount_fen=blue_fen or red_fen)
    if is_invoiced and may_count(order):
        count_lines(session, order, lines_of(session, order), actor, utcnow())
