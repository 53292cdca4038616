"""What the ledger does when a slice below tells it something; wired in `marketplace.app`."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.attribution.periods import last_closed
from marketplace.attribution.service.post import post_counted
from marketplace.attribution.service.reverse import post_reversed, restate_revoked
from marketplace.beneficiaries.facts import HistoryChanging
from marketplace.core.clock import period_days
from marketplace.core.errors import PeriodClosed

__all__ = ["post_counted", "post_reversed", "refuse_backdating", "restate_revoked"]


def refuse_backdating(session: Session, fact: HistoryChanging) -> None:
    """PeriodClosed (409) when history would change on a day of a closed month (subscriber of HistoryChanging)."""
    closed = last_closed(session)
    if closed is not None and fact.from_day < period_days(closed)[1]:
        raise PeriodClosed(
            "backdated", f"{closed} 及以前已关账,不能追溯到 {fact.from_day}", subject=fact.subject
        )
