"""History that closed books rest on is not rewritten (subscriber of HistoryChanging).

An agreement that is approved for a day in a closed month would have split that month's pools otherwise, and a household's
standing would have been counted otherwise. Both are refused; they begin in an open month.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.attribution.periods import LOCK_SPACE, last_closed
from marketplace.beneficiaries.facts import HistoryChanging
from marketplace.core.db import lock_shared
from marketplace.core.errors import PeriodClosed


def refuse_into_closed_books(session: Session, fact: HistoryChanging) -> None:
    """PeriodClosed (409) when the month of `from_day`, or any after it, is closed.

    The month's shared lock keeps its close waiting until this transaction ends; months close in order.
    """
    month = fact.from_day.strftime("%Y-%m")
    lock_shared(session, LOCK_SPACE, month)
    closed = last_closed(session)
    if closed is not None and closed >= month:
        raise PeriodClosed(detail=f"{month} 已关账,生效日须在 {closed} 之后", period=closed)
