"""Entries with a chain position become files, month by month; small files become large ones; lost ones are made again.

One builder at a time, by an advisory lock held to the end of its transaction. A crash leaves files that no manifest names, which
`sweep` removes; the manifest and the watermark change together or not at all. Positions are given to committed entries only, in
the order of their commits, so what lies below the newest position seen is all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.attribution.models import Link
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.statistics.segments.engine import Segments
from marketplace.statistics.segments.layout import LAYOUT
from marketplace.statistics.segments.making import ROUND, Part, make, make_again, workshop, write_file
from marketplace.statistics.segments.models import Segment, Watermark

log = structlog.get_logger(__name__)
LOCK_SPACE: Final = "statistics.segments"
MOST: Final = 4 * ROUND  # positions taken in one transaction, whose length stays bounded: seconds


def build(session: Session, segments: Segments, most: int = MOST) -> int:
    """Put the entries beyond the watermark into files, at most those of `most` positions; how many entries."""
    lock_exclusive(session, LOCK_SPACE, "")
    after, newest = watermark(session), session.scalar(select(func.max(Link.position))) or 0
    to = min(newest, after + most)
    if to == after:
        return 0
    made = make(session, segments, after, to)
    session.add_all(made)
    session.flush()
    move_watermark(session, to)
    entries = sum(one.entries for one in made)
    log.info("segments_built", entries=entries, files=len(made), position=to)
    return entries


def remake(session: Session, segments: Segments, lost: Segment) -> bool:
    """Make the file of a segment again from the ledger, under another name; False when another worker just did."""
    if not _still_live(session, [lost]):
        return False
    session.add_all(make_again(session, segments, lost))
    lost.retired_at = utcnow()
    session.flush()
    log.warning("segment_remade", segment=lost.name)
    return True


def merge(session: Session, segments: Segments, several: Sequence[Segment]) -> bool:
    """One file in place of several of one month, all of them whole; False when another worker just replaced one."""
    if not _still_live(session, several):
        return False
    paths = ", ".join(f"'{segments.store.path(one.name)}'" for one in several)
    with workshop(segments) as (place, cursor):
        part = Part(
            several[0].period,
            min(one.after_position for one in several),
            max(one.to_position for one in several),
            sum(one.entries for one in several),
            sum(one.sale_fen for one in several),
        )
        cursor.execute(f"CREATE TEMP VIEW taken AS SELECT * FROM read_parquet([{paths}])")  # noqa: S608
        session.add(write_file(segments, cursor, place, part))
    for one in several:
        one.retired_at = utcnow()
    session.flush()
    return True


def _still_live(session: Session, several: Sequence[Segment]) -> bool:
    """Take the lock and look again: what was read before may have been replaced by who held it, and would be counted twice."""
    lock_exclusive(session, LOCK_SPACE, "")
    wanted = [one.id for one in several]
    left = select(func.count()).where(Segment.id.in_(wanted), Segment.retired_at.is_(None))
    return session.scalar(left) == len(several)


def watermark(session: Session) -> int:
    """The position up to which live segments hold everything; 0 before the first, and when they are of another layout."""
    row = session.get(Watermark, 1)
    return row.position if row is not None and row.layout == LAYOUT else 0


def live(session: Session) -> list[Segment]:
    """The segments that hold the entries up to the watermark, in order of month and position."""
    return manifest(session)[1]


def manifest(
    session: Session, from_period: str | None = None, to_period: str | None = None
) -> tuple[int, list[Segment]]:
    """The watermark and the live segments of the months, read at one moment by one statement."""
    asked = {"layout": LAYOUT, "first": from_period or _FIRST, "last": to_period or _LAST}
    rows = session.execute(_MANIFEST, asked).all()
    return (rows[0].position, [row.Segment for row in rows if row.Segment is not None]) if rows else (0, [])


_FIRST: Final = "0000-01"
_LAST: Final = "9999-12"
_MANIFEST: Final = (
    select(Watermark.position, Segment)
    .outerjoin(
        Segment,
        and_(
            Segment.retired_at.is_(None),
            Segment.layout == bindparam("layout"),
            Segment.period >= bindparam("first"),
            Segment.period <= bindparam("last"),
        ),
    )
    .where(Watermark.id == 1, Watermark.layout == bindparam("layout"))
    .order_by(Segment.period, Segment.after_position)
)


def move_watermark(session: Session, position: int) -> None:
    """Say that everything up to the position is in files."""
    values = {"id": 1, "position": position, "layout": LAYOUT, "moved_at": utcnow()}
    session.execute(
        insert(Watermark).values(values).on_conflict_do_update(index_elements=["id"], set_=values)
    )
