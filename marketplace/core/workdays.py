"""Working days of mainland China: weekends, statutory holidays and the Saturdays worked for them (调休).

Two layers: `chinesecalendar` knows the years it was released with, and rows of `data/holidays.csv` (one per
published day that differs) come on top, so that a new year's notice of the State Council is a data change. A
year in neither is computed Monday to Friday and is *provisional*: dates are still given, and callers say so.

Source: docs/rules.md, "Working days".
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from chinese_calendar import constants

from marketplace.core.errors import Invalid

HOLIDAYS_FILE: Final = Path(__file__).parents[2] / "data" / "holidays.csv"
DAYS_MAX: Final = 3_660  # a period longer than ten years is a mistake of the caller

_LIBRARY_YEARS: Final = frozenset(day.year for day in constants.holidays)
_KINDS: Final = ("holiday", "workday")


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked. `published` maps a day to True (worked) or False (holiday) over the library."""

    published: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on that Shanghai day. Never raises."""
        if day in self.published:
            return self.published[day]
        if day in constants.workdays:
            return True
        return day.weekday() < 5 and day not in constants.holidays

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether [first, last] touches a year whose holidays are not published yet."""
        known = _LIBRARY_YEARS | {day.year for day in self.published}
        return any(year not in known for year in range(first.year, last.year + 1))

    def add_working_days(self, start: date, days: int, *, count_first_day: bool) -> date:
        """Return the last day of a period of `days` working days that begins on `start`.

        With `count_first_day` the start itself is day 1 if it is worked, else counting begins on the day
        after. 5 days from Monday 2020-09-28, first day counted, end on Saturday 2020-10-10.
        Raises Invalid `period_days` unless 1 ≤ days ≤ 3660.
        """
        _check_length(days)
        day = start if count_first_day else start + timedelta(days=1)
        left = days - self.is_working_day(day)
        while left:
            day += timedelta(days=1)
            left -= self.is_working_day(day)
        # The count is complete on the first working day that makes it 0, so `day` is a working day here.
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days in the closed range [first, last]; 0 when it is empty."""
        span = (last - first).days + 1
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(span))


def add_calendar_days(start: date, days: int, *, count_first_day: bool) -> date:
    """Return the last day of a period of `days` calendar days that begins on `start`.

    Raises Invalid `period_days` unless 1 ≤ days ≤ 3660.
    """
    _check_length(days)
    return start + timedelta(days=days - 1 if count_first_day else days)


def add_working_days(start: date, days: int, *, count_first_day: bool) -> date:
    """`WorkCalendar.add_working_days` of the published calendar."""
    return calendar().add_working_days(start, days, count_first_day=count_first_day)


def is_working_day(day: date) -> bool:
    """`WorkCalendar.is_working_day` of the published calendar."""
    return calendar().is_working_day(day)


def is_provisional(first: date, last: date) -> bool:
    """`WorkCalendar.is_provisional` of the published calendar."""
    return calendar().is_provisional(first, last)


@cache
def calendar() -> WorkCalendar:
    """Return the calendar of the library and `data/holidays.csv`, read once per process."""
    return read_calendar(HOLIDAYS_FILE)


def read_calendar(path: Path) -> WorkCalendar:
    """Read rows `day,kind,name,document_no`; kind is holiday or workday. Raises ValueError on another kind."""
    published: dict[date, bool] = {}
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["kind"] not in _KINDS:
                raise ValueError(f"{path.name}: kind {row['kind']!r} of {row['day']} is none of {_KINDS}")
            published[date.fromisoformat(row["day"])] = row["kind"] == "workday"
    return WorkCalendar(published)


def _check_length(days: int) -> None:
    if not 1 <= days <= DAYS_MAX:
        raise Invalid("period_days", f"期限应为1至{DAYS_MAX}天")
