"""Which lines are still to count, as SQL: the one condition behind the work list and what is reported of it."""

from __future__ import annotations

from typing import Final

from marketplace.orders.models import OrderLine, SalesOrder

#: Orders that have not counted whole and are not cancelled.
ORDER_IS_OPEN: Final = (SalesOrder.counted_at.is_(None), SalesOrder.state != "cancelled")
#: Lines of them that have not counted and of which something is still bought.
LINE_WAITS: Final = (
    OrderLine.counted_at.is_(None),
    OrderLine.quantity > OrderLine.cancelled + OrderLine.rejected + OrderLine.returned,
)
