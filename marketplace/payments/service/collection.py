"""Into which account the money of an order belongs: by default its producer's own."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Literal

from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder

Mode = Literal["direct", "supervised"]


def mode_of(session: Session, order: SalesOrder) -> Mode:
    """How the money of an order is collected."""
    return "direct"


def supervised_among(session: Session, order_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of the orders whose money belongs into the supervised account."""
    return frozenset()
