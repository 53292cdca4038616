"""Into whose account the buyer pays, asked of payments, which is above: the composition root registers who knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sqlalchemy.orm import Session

from marketplace.orders.models import SalesOrder

Mode = Literal["direct", "supervised"]
ModeReader = Callable[[Session, SalesOrder], Mode]
_readers: list[ModeReader] = []


def read_collection_with(reader: ModeReader) -> None:
    """Let `reader` say how an order's money is collected. Called once by the composition root."""
    _readers[:] = [reader]


def collection_of(session: Session, order: SalesOrder) -> Mode:
    """`direct`, the seller's own account, or `supervised`, a bank's account that is settled later. LookupError when not wired."""
    if not _readers:
        raise LookupError("nobody was registered who knows how money is collected: compose() does")
    return _readers[0](session, order)
