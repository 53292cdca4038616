"""History that closed books rest on is not rewritten (subscriber of HistoryChanging).

An agreement that is approved for a day in a closed month would have split that month's pools otherwise, and a household's
standing would have been counted otherwise. Both are refused; they begin in an open month.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.attribution.periods import LOCK_SPACE, last_closed
from marketplace.beneficiaries.facts import HistoryChanging
from marketplace.core.clock import next_period, period_of, utcnow
from marketplace.core.db import lock_exclusive, lock_shared
from marketplace.core.errors import PeriodClosed


def refuse_into_closed_books(session: Session, fact: HistoryChanging) -> None:
    """PeriodClosed (409) when the month of `from_day`, or any after it, is closed.

    The month's lock keeps its close waiting until this transaction ends; months close in order. An agreement takes the
    exclusive lock of every month up to the present one, oldest first: sales that are being posted finish before it, later
    ones see it, so that each uses exactly the version in force when it commits.
    """
    month = fact.from_day.strftime("%Y-%m")
    if fact.subject == "agreement":
        lock_exclusive(session, LOCK_SPACE, *_months(month, period_of(utcnow())))
    else:
        lock_shared(session, LOCK_SPACE, month)
    closed = last_closed(session)
    if closed is not None and closed >= month:
        raise PeriodClosed(detail=f"{month} 已关账,生效日须在 {closed} 之后", period=closed)


def _months(first: str, last: str) -> list[str]:
    """`first` and the months after it up to `last`; `first` alone when it lies ahead."""
    months = [first]
    while months[-1] < last:
        months.append(next_period(months[-1]))
    return months
