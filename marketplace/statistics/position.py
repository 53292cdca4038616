"""Where the books stood when an answer was read: printed on every report, so that it can be asked for again."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link, Period
from marketplace.core.snapshots import once
from marketplace.statistics.standpoint import reads_until


def books_position(session: Session, until: str | None = None) -> tuple[int, int]:
    """(chain position, number of the newest entry), 0 for empty books; of the session's snapshot.

    Of a question about months up to `until` ("2020-09"), once that month is closed: the position at which it was closed and the
    entry there. Nothing later enters those figures, so the same report is the same bytes whenever it is asked for again. With
    later adjustments (`standpoint`) it is the position at which their last month was closed.
    """
    until = reads_until(until)
    return once(session, lambda: _position(session, until), books_position, until)


def newest_position(session: Session) -> int:
    """The last position of the chain; 0 for empty books."""
    return once(session, lambda: session.scalar(select(func.max(Link.position))) or 0, newest_position)


def _position(session: Session, until: str | None) -> tuple[int, int]:
    if until is not None:
        closed = session.execute(
            select(Period.last_position, Link.entry_no)
            .outerjoin(Link, Link.position == Period.last_position)
            .where(Period.period == until, Period.state == "closed")
        ).one_or_none()
        if closed is not None and closed.last_position is not None:
            return closed.last_position, closed.entry_no or 0
    return newest_position(session), once(session, lambda: _newest_entry(session), _newest_entry)


def _newest_entry(session: Session) -> int:
    return session.scalar(select(func.max(Entry.entry_no))) or 0
