"""From where the books are looked at: as they were when something was published, or with what was booked later.

Every question asked inside the block of `seen_from` answers from that standpoint, whatever report asks it, so that a report needs
no second declaration to be compared with itself. Without one, questions see what they always see: months as booked, and all that
is known beside the ledger (payment lists, targets, declared figures).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, true


@dataclass(frozen=True)
class Standpoint:
    """What is seen.

    `adjusted_after`: months include the entries that adjust them and were booked after that month, up to the month
    `adjusted_until` (None: up to now). `as_of`: of what stands beside the ledger, only what was known at that instant.
    """

    adjusted_after: str | None = None
    adjusted_until: str | None = None
    as_of: datetime | None = None


PLAIN: Final = Standpoint()
_current: ContextVar[Standpoint] = ContextVar("standpoint", default=PLAIN)


def standpoint() -> Standpoint:
    """The standpoint of this thread or task."""
    return _current.get()


@contextmanager
def seen_from(chosen: Standpoint) -> Iterator[None]:
    """Within the block questions answer from `chosen`."""
    token = _current.set(chosen)
    try:
        yield
    finally:
        _current.reset(token)


def in_months(booked: Any, adjusts: Any, first: str | None, last: str | None) -> list[ColumnElement[bool]]:
    """Rows of the months `first`…`last` (inclusive, open where None), given the columns of the month booked and adjusted."""
    if first is None and last is None:
        return []
    seen = standpoint()
    if seen.adjusted_after is None or adjusts is None:
        return _between(booked, first, last)
    later = [booked > seen.adjusted_after, *_between(adjusts, first, last)]
    if seen.adjusted_until is not None:
        later.append(booked <= seen.adjusted_until)
    return [or_(and_(*_between(booked, first, last)), and_(*later, adjusts.is_not(None)))]


def reads_until(last: str | None) -> str | None:
    """The last month in whose books a question about months up to `last` looks: later ones too where adjustments are seen."""
    seen = standpoint()
    return last if last is None or seen.adjusted_after is None else seen.adjusted_until


def known_then(column: Any) -> ColumnElement[bool]:
    """Rows that were there already at the instant of the standpoint; all of them without one."""
    seen = standpoint()
    return true() if seen.as_of is None else column <= seen.as_of


def _between(column: Any, first: str | None, last: str | None) -> list[ColumnElement[bool]]:
    found = [] if first is None else [column >= first]
    return found if last is None else [*found, column <= last]
