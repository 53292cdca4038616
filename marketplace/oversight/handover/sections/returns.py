"""未退货款: money owed back to buyers that is not confirmed as returned."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.clock import day_of
from marketplace.orders.models import SalesOrder
from marketplace.oversight.handover.listing import Item
from marketplace.oversight.handover.scope import Scope
from marketplace.payments.models import Refund

_WAITING = ("requested", "approved", "sent", "unknown", "failed")


def unpaid_returns(session: Session, scope: Scope) -> Iterator[Item]:
    """Refunds of orders in reach that are on their way."""
    rows = session.execute(
        select(Refund.number, Refund.amount_fen, Refund.requested_at, SalesOrder.number.label("order_number"))
        .join(SalesOrder, SalesOrder.id == Refund.order_id)
        .where(Refund.state.in_(_WAITING), scope.orders())
        .order_by(Refund.number)
    )
    for row in rows:
        yield Item(
            "待退货款", row.number, f"订单 {row.order_number}", row.amount_fen, day_of(row.requested_at)
        )
