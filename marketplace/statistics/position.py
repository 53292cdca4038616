"""Where the books stood when an answer was read: printed on every report, so that it can be asked for again."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link, Period
from marketplace.statistics.standpoint import reads_until


def books_position(session: Session, until: str | None = None) -> tuple[int, int]:
    """(chain position, number of the newest entry), 0 for empty books; of the session's snapshot.

    Of a question about months up to `until` ("2020-09"), once that month is closed: the position at which it was closed and the
    entry there. Nothing later enters those figures, so the same report is the same bytes whenever it is asked for again. With
    later adjustments (`standpoint`) it is the position at which their last month was closed.
    """
    until = reads_until(until)
    if until is not None:
        closed_at = session.scalar(
            select(Period.last_position).where(Period.period == until, Period.state == "closed")
        )
        if closed_at is not None:
            return closed_at, session.scalar(select(Link.entry_no).where(Link.position == closed_at)) or 0
    position = session.scalar(select(func.max(Link.position))) or 0
    return position, session.scalar(select(func.max(Entry.entry_no))) or 0
