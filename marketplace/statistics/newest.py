"""The month with which a page begins for which none was chosen: the newest of which the books have anything that is asked of.

The interface for programs keeps its own defaults, which are documented.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.core.clock import month_begun, period_of, utcnow
from marketplace.statistics.conditions import conditions
from marketplace.statistics.question import Question


def newest_month(session: Session, *wanted: ColumnElement[bool]) -> str:
    """The newest month, not after the present one, with an entry that is wanted; the present one where there is none."""
    present = period_of(utcnow())
    newest = (
        select(Entry.period).where(Entry.period <= present, *wanted).order_by(Entry.period.desc()).limit(1)
    )
    return month_begun(session.scalar(newest))


def newest_of_area(session: Session, area: str, areas: tuple[str, ...], view: str = "seller") -> str:
    """The newest month of an area as far as it lies in `areas`, the asker's own, from a side (`Question.view`)."""
    return newest_month(session, *conditions(Question(measures=(), area=area, areas=areas, view=view)))


def newest_of_channels(session: Session, channel_ids: Any) -> str:
    """The newest month in which one of the points of sale sold; `channel_ids`: a list, or a statement of them."""
    return newest_month(session, Entry.channel_id.in_(channel_ids))
