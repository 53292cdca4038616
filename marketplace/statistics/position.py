"""Where the books stood when an answer was read: printed on every report, so that it can be asked for again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link, Period
from marketplace.core.snapshots import once
from marketplace.statistics.standpoint import reads_until

_ENDS: Final = select(
    select(func.min(Entry.period)).scalar_subquery(),
    select(func.max(Link.position)).scalar_subquery(),
    select(func.max(Entry.entry_no)).scalar_subquery(),
)

_AT_CLOSE: Final = (
    select(Period.last_position, Link.entry_no)
    .outerjoin(Link, Link.position == Period.last_position)
    .where(Period.period == bindparam("until"), Period.state == "closed")
)


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
    return _ends(session)[1]


def first_period(session: Session) -> str | None:
    """The earliest month of the books; None while they are empty."""
    return _ends(session)[0]


def _position(session: Session, until: str | None) -> tuple[int, int]:
    if until is not None:
        closed = session.execute(_AT_CLOSE, {"until": until}).one_or_none()
        if closed is not None and closed.last_position is not None:
            return closed.last_position, closed.entry_no or 0
    _, newest, entry_no = _ends(session)
    return newest, entry_no


def _ends(session: Session) -> tuple[str | None, int, int]:
    """The earliest month, the last position of the chain, the number of the newest entry; None, 0 and 0 of empty books.

    Each is the end of an index, so all three cost no more than the way to the database and back.
    """

    def read() -> tuple[str | None, int, int]:
        first, position, entry_no = session.execute(_ENDS).one()
        return first, position or 0, entry_no or 0

    return once(session, read, _ends)
