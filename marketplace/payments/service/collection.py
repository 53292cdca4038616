"""How an order's money is collected: by default the buyer pays the producer's own account."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder

Mode = Literal["direct", "supervised"]


def mode_of(session: Session, order: SalesOrder) -> Mode:
    """How the order's money is collected, as frozen at its placement."""
    return "direct"
