"""From which day to which a certificate holds, decided by dates alone; no job ever makes a certificate expire.

Both ends are inclusive Asia/Shanghai days. Source: docs/rules.md, "Certificate validity".
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from marketplace.core.clock import add_months, day_of

RENEWAL_WINDOW_DAYS: Final = 90


def last_valid_day(valid_from: date, months: int) -> date:
    """The last inclusive day of a term of `months` that begins with `valid_from`.

    The day before the corresponding day; where the last month has no corresponding day, its last day: 2020-09-12 + 24 →
    2022-09-11, 2020-01-31 + 1 → 2020-02-29. ValueError unless months ≥ 1.
    """
    if months < 1:
        raise ValueError("a certificate holds for at least one month")
    corresponding = add_months(valid_from, months)
    return corresponding if corresponding.day < valid_from.day else corresponding - timedelta(days=1)


def holds_at(valid_from: date, valid_to: date, instant: datetime) -> bool:
    """Whether the aware instant falls into the inclusive Shanghai days [valid_from, valid_to]."""
    return valid_from <= day_of(instant) <= valid_to


def renewal_opens(valid_to: date) -> date:
    """First Shanghai day of the renewal window: the last 90 days of validity, the last day among them."""
    return valid_to - timedelta(days=RENEWAL_WINDOW_DAYS - 1)


def renewal_is_open(valid_to: date, day: date) -> bool:
    """Whether a renewal may be applied for on that Shanghai day; after the last day only a new application is possible."""
    return renewal_opens(valid_to) <= day <= valid_to


def renewed_from(valid_to: date, decided_on: date) -> date:
    """First day of the renewed term: the day after the old one, or the day of decision if that came later (no retroactivity)."""
    return max(valid_to + timedelta(days=1), decided_on)
