"""Where the books stood when an answer was read: printed on every report, so that it can be asked for again."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link


def books_position(session: Session) -> tuple[int, int]:
    """(chain position, number of the newest entry), 0 for empty books; of the session's snapshot."""
    position = session.scalar(select(func.max(Link.position))) or 0
    return position, session.scalar(select(func.max(Entry.entry_no))) or 0
