"""How long a public notice (公示) runs.

Days are Asia/Shanghai calendar days or statutory working days (调休 included); whether the first day counts is a setting of the
scheme or of the place. Source: docs/rules.md, "Public notice".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from marketplace.core.workdays import WorkCalendar, add_calendar_days

UNITS: Final = ("working", "calendar")
NOTICE_LEVELS: Final = ("village", "town", "county", "city", "province", "national")


@dataclass(frozen=True)
class NoticeTerms:
    """Length of a notice: `days` of `unit`, whether the first day counts, and the boards it must hang on."""

    days: int
    unit: str
    first_day_counts: bool
    levels: tuple[str, ...]


def read_notice_terms(raw: Mapping[str, Any]) -> NoticeTerms:
    """Terms from data; ValueError when a unit or level is unknown or there is no day."""
    terms = NoticeTerms(raw["days"], raw["unit"], raw["first_day_counts"], tuple(raw["levels"]))
    if (
        terms.unit not in UNITS
        or not 1 <= terms.days <= 60
        or set(terms.levels) - set(NOTICE_LEVELS)
        or not terms.levels
    ):
        raise ValueError(f"notice terms {raw} are not in the grammar")
    return terms


def last_day_of_notice(first_day: date, terms: NoticeTerms, calendar: WorkCalendar) -> date:
    """The last Shanghai day on which the notice hangs (inclusive).

    5 working days from Monday 2020-09-28: 28, 29, 30, (10-01 to 10-08 are holidays), 10-09, Saturday 10-10 (调休) → 2020-10-10.
    """
    if terms.unit == "working":
        return calendar.add_working_days(first_day, terms.days, count_first_day=terms.first_day_counts)
    return add_calendar_days(first_day, terms.days, count_first_day=terms.first_day_counts)
