"""Which month of the books takes an event: its own while open, else the earliest open one (`adjusts_period`).

Writers hold a shared advisory lock on the month until they commit, the close holds the exclusive one: whoever is first, no
entry lands in a closed month (L6). Months close in order, so the earliest open one follows the last closed one. Before the
first close there is no such order yet: every writer also shares a lock on the beginning of the books, which the first close (no
later one) takes for itself, so that it sees whether an earlier month has entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.core.clock import next_period
from marketplace.core.db import lock_shared

LOCK_SPACE: Final = "attribution.period"
BEGINNING: Final = ""  # of the books: the key that the first close takes, always ahead of a month's

_LAST_CLOSED: Final = select(func.max(Period.period)).where(Period.state == "closed")


@dataclass(frozen=True)
class Booking:
    """Where an event is booked: the month of the books, and the closed month it belongs to, if that is another."""

    period: str
    adjusts_period: str | None


def last_closed(session: Session) -> str | None:
    """The latest closed month ``YYYY-MM``, None before the first close."""
    return session.scalar(_LAST_CLOSED)


def book_into(session: Session, own_period: str) -> Booking:
    """Where an event of month `own_period` is booked now; the month stays open until this transaction ends."""
    target = own_period
    while True:
        lock_shared(session, LOCK_SPACE, BEGINNING, target)
        closed = last_closed(session)
        if closed is None or target > closed:
            return Booking(target, own_period if target != own_period else None)
        target = next_period(closed)
