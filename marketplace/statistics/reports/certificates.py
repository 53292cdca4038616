"""Which certificates were in force at the end of a month: dates decide, as they did then."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement

from marketplace.certification.models import Certificate
from marketplace.core.clock import day_start, period_days


def in_force_at_end_of(period: str) -> list[ColumnElement[bool]]:
    """Conditions on Certificate: valid on the last day of ``YYYY-MM`` and not void before the next month began."""
    after = period_days(period)[1]
    day = after - timedelta(days=1)
    return [
        Certificate.valid_from <= day,
        Certificate.valid_to >= day,
        Certificate.void_from.is_(None) | (Certificate.void_from >= day_start(after)),
    ]
