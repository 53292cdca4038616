"""The month with which a page begins for which none was chosen: the newest of which the books have anything that is asked of.

The interface for programs keeps its own defaults, which are documented.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.clock import month_begun, period_of, utcnow
from marketplace.statistics.conditions import conditions
from marketplace.statistics.question import Question
from marketplace.statistics.segments.books import books_of


def newest_month(session: Session, *wanted: ColumnElement[bool]) -> str:
    """The newest month, not after the present one, with an entry that is wanted; the present one where there is none.

    The books are asked as for any figure: where there are millions of entries and none is wanted, the table would be read whole.
    """
    present = period_of(utcnow())
    with books_of(session, Question(measures=(), to_period=present)) as books:
        [[newest]] = books.rows(select(func.max(Entry.period)).where(Entry.period <= present, *wanted))
    return month_begun(newest)


def newest_of_area(session: Session, area: str, areas: tuple[str, ...], view: str = "seller") -> str:
    """The newest month of an area as far as it lies in `areas`, the asker's own, from a side (`Question.view`)."""
    return newest_month(session, *conditions(Question(measures=(), area=area, areas=areas, view=view)))


def newest_of_channels(session: Session, channel_ids: Collection[uuid.UUID]) -> str:
    """The newest month in which one of the points of sale sold."""
    return newest_month(session, Entry.channel_id.in_(channel_ids)) if channel_ids else month_begun(None)
