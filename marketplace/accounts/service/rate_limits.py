"""Requests counted per subject and window in PostgreSQL, which all web workers share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.accounts.models import RateCount
from marketplace.core import privacy
from marketplace.core.clock import day_start, today, utcnow
from marketplace.core.errors import TooManyRequests


@dataclass(frozen=True)
class Limit:
    """At most `count` per `seconds` and subject; `seconds` divides a day."""

    name: str
    count: int
    seconds: int


# A login is tried more often than an account allows failures, so a locked one and an unknown one answer alike.
SIGN_IN_BY_LOGIN: Final = Limit("sign_in_login", 20, 900)
SIGN_IN_BY_ADDRESS: Final = Limit("sign_in_address", 100, 900)

_COUNT: Final = sql("""
    INSERT INTO accounts.rate_count AS r (subject, window_start, count) VALUES (:subject, :window, 1)
    ON CONFLICT (subject, window_start) DO UPDATE SET count = r.count + 1
    RETURNING count
""")


def spend(session: Session, limit: Limit, subject: str) -> int:
    """Count one use and return how many are left in the window.

    The subject is kept as a keyed hash. Raises TooManyRequests (429) with the seconds to the next window.
    """
    now = utcnow()
    start = _window(now, limit.seconds)
    key = f"{limit.name}:{privacy.vault().keyed_hash(f'rate.{limit.name}', subject).hex()}"
    count: int = session.execute(_COUNT, {"subject": key, "window": start}).scalar_one()
    if count > limit.count:
        wait = start + timedelta(seconds=limit.seconds) - now
        raise TooManyRequests("rate_limit", retry_after_seconds=int(wait.total_seconds()) + 1)
    return limit.count - count


def tidy(session: Session) -> int:
    """Delete counts of earlier days and return how many: no window is longer than a day."""
    deleted = session.execute(
        delete(RateCount).where(RateCount.window_start < day_start(today())).returning(RateCount.subject)
    )
    return len(deleted.all())


def _window(now: datetime, seconds: int) -> datetime:
    start = day_start(today())
    return start + timedelta(seconds=int((now - start).total_seconds()) // seconds * seconds)
