"""Where the money of an order goes: straight to the producer's own account, or into the bank's supervised one."""

from __future__ import annotations

from typing import Literal

from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder


def mode_of(session: Session, order: SalesOrder) -> Literal["direct", "supervised"]:
    """How the money of an order is collected; direct unless something else was agreed for it."""
    return "direct"
