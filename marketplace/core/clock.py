"""Time: aware UTC inside, Asia/Shanghai days and months at the edges, one replaceable clock.

Nothing else in the code asks the system for the time (an architecture test sees to it), so that a test, or the demo, can live
through 2020 in a few seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from marketplace.core.errors import Invalid

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
#: From here on Shanghai is eight hours ahead of UTC, summer and winter: to add them is quicker than to ask the zone.
_ONE_TIME_ALL_YEAR: Final = datetime(1992, 1, 1, tzinfo=UTC)
_AHEAD: Final = timedelta(hours=8)
_ONE_TIME_ALL_YEAR_THERE: Final = datetime(1992, 1, 2)  # noqa: DTZ001 - a wall clock names no zone
_PERIOD: Final = re.compile(r"(19\d{2}|2[01]\d{2}|2200)-(0[1-9]|1[0-2])", re.ASCII)
_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def utcnow() -> datetime:
    """The present instant, aware UTC; what `frozen_at` says while one is set."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen_at(instant: datetime) -> Iterator[None]:
    """Within the block `utcnow()` is `instant` (aware) for this thread or task. For tests and the demo."""
    if instant.tzinfo is None:
        raise ValueError("an aware instant is needed")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def shanghai(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """The UTC instant of a Shanghai wall-clock time."""
    return of_wall_clock(datetime(year, month, day, hour, minute, second))  # noqa: DTZ001 - a wall clock names no zone


def of_wall_clock(wall: datetime) -> datetime:
    """The UTC instant of a Shanghai wall-clock time that names no zone. OverflowError at the ends of the calendar."""
    if wall >= _ONE_TIME_ALL_YEAR_THERE:
        return (wall - _AHEAD).replace(tzinfo=UTC)
    return wall.replace(tzinfo=SHANGHAI).astimezone(UTC)


def day_of(instant: datetime) -> date:
    """The Asia/Shanghai day in which the instant falls: 2020-09-11T16:00:00Z → 2020-09-12."""
    if instant.tzinfo is None:
        raise ValueError("an aware instant is needed")
    if instant.tzinfo is UTC and instant >= _ONE_TIME_ALL_YEAR:
        return (instant + _AHEAD).date()
    return instant.astimezone(SHANGHAI).date()


def today() -> date:
    """The present Asia/Shanghai day."""
    return day_of(utcnow())


def in_chinese(day: date) -> str:
    """2020-09-28 as official papers write it: 2020年9月28日."""
    return f"{day.year}年{day.month}月{day.day}日"


def day_start(day: date) -> datetime:
    """The UTC instant at which that Shanghai day begins."""
    return shanghai(day.year, day.month, day.day)


def day_range(day: date) -> tuple[datetime, datetime]:
    """Half-open UTC range [start, end) of a Shanghai day."""
    return day_start(day), day_start(day + timedelta(days=1))


def period_of(instant: datetime) -> str:
    """The Shanghai month ``YYYY-MM`` of an instant."""
    return period_of_day(day_of(instant))


def period_of_day(day: date) -> str:
    """The month ``YYYY-MM`` of a Shanghai day."""
    return day.isoformat()[:7]


def parse_period(text: str, *, pointer: str = "period") -> str:
    """A month ``YYYY-MM`` of the years 1900–2200 as given by a client; `Invalid` (code ``period``) when it is none."""
    if _PERIOD.fullmatch(text) is None:
        raise Invalid("period", "统计期应为 YYYY-MM", pointer=pointer)
    return text


def period_days(period: str) -> tuple[date, date]:
    """First day of the month and first day of the next: the half-open Shanghai day range of ``YYYY-MM``."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, 1), next_month(date(year, month, 1))


def period_range(period: str) -> tuple[datetime, datetime]:
    """Half-open UTC range of a Shanghai month."""
    first, after = period_days(period)
    return day_start(first), day_start(after)


def next_period(period: str) -> str:
    """``2020-12`` → ``2021-01``."""
    return period_days(period)[1].strftime("%Y-%m")


def previous_period(period: str) -> str:
    """``2021-01`` → ``2020-12``."""
    return (period_days(period)[0] - timedelta(days=1)).strftime("%Y-%m")


def month_begun(newest: str | None) -> str:
    """The month with which a page begins for which none was chosen: the newest that has anything, else the present one."""
    return newest or period_of(utcnow())


def next_month(day: date) -> date:
    """First day of the month after `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, clipped to the last day of a shorter month: 2020-01-31 + 1 → 2020-02-29."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first = date(year, month + 1, 1)
    last = next_month(first) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))
