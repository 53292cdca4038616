"""What the worker does for segments: build, merge, make again what is lost or damaged, sweep what nobody reads any more.

Each step is a transaction of its own; done twice, or by two workers, it is the same as once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link, Period
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.build import build, live, merge, remake, watermark
from marketplace.statistics.segments.engine import Segments
from marketplace.statistics.segments.layout import LAYOUT
from marketplace.statistics.segments.models import Segment
from marketplace.statistics.states import keep_closed

WAITING: Final = 5_000  # entries beyond the watermark that make a file worth while
LONGEST_WAIT: Final = timedelta(seconds=60)
SMALL: Final = 500_000
SMALL_FILES: Final = 12  # of one month: then they become one
GRACE: Final = timedelta(hours=1)  # the longest that a question may still be reading a file that was replaced


def keep_up() -> int:
    """Build as long as there is enough to build, then merge; how many entries were put into files. The worker's loop."""
    segments = engine.installed()
    if segments is None:
        return 0
    taken = 0
    while _is_due():
        with transaction() as session:
            taken += build(session, segments)
    while _merge_one(segments):
        pass
    with transaction() as session:
        keep_closed(session)
    return taken


def build_now() -> int:
    """Build all that has a chain position, however little, then merge; how many entries were put into files."""
    segments = engine.installed()
    if segments is None:
        return 0
    taken = 0
    while True:
        with transaction() as session:
            some = build(session, segments)
        if not some:
            break
        taken += some
    return taken + keep_up()


def mend() -> int:
    """Make again every file that is lost or damaged, then remove what nobody reads; how many were made."""
    segments = engine.installed()
    if segments is None:
        return 0
    made = 0
    with transaction() as session:
        lost = [one.id for one in live(session) if not segments.store.is_whole(one.name, one.sha256)]
    for segment_id in lost:
        with transaction() as session:
            segment = session.get(Segment, segment_id)
            if segment is not None and remake(session, segments, segment):
                made += 1
    with transaction() as session:
        sweep(session, segments)
    return made


def sweep(session: Session, segments: Segments) -> int:
    """Remove files that were replaced more than an hour ago, those of another layout, and what a crash left; how many."""
    before = utcnow() - GRACE
    gone = select(Segment).where((Segment.retired_at < before) | (Segment.layout != LAYOUT))
    rows = list(session.scalars(gone))
    known = set(session.scalars(select(Segment.name)))
    orphans = [name for name in segments.store.names_before(before) if name not in known]
    segments.store.remove([*(row.name for row in rows), *orphans])
    session.execute(delete(Segment).where(Segment.id.in_([row.id for row in rows])))
    return len(rows) + len(orphans)


def _is_due() -> bool:
    with transaction() as session:
        position = watermark(session)
        newest = session.scalar(select(func.max(Link.position))) or 0
        if newest - position >= WAITING:
            return True
        first = select(Link.linked_at).where(Link.position > position).order_by(Link.position).limit(1)
        waits_since = session.scalar(first)
        return waits_since is not None and utcnow() - waits_since > LONGEST_WAIT


def _merge_one(segments: Segments) -> bool:
    with transaction() as session:
        closed = set(session.scalars(select(Period.period).where(Period.state == "closed")))
        for period, found in groupby(live(session), key=lambda one: one.period):
            several = _worth_merging(list(found), is_closed=period in closed)
            if several and all(segments.store.is_whole(one.name, one.sha256) for one in several):
                return merge(session, segments, several)
    return False


def _worth_merging(found: Sequence[Segment], *, is_closed: bool) -> list[Segment]:
    """All of a month that is closed, whose entries never change any more; else its small files once there are many."""
    if is_closed:
        return list(found) if len(found) > 1 else []
    small = [one for one in found if one.entries < SMALL]
    return small if len(small) >= SMALL_FILES else []


@dataclass(frozen=True)
class Finding:
    """A month in files and in the ledger: entries and Σ fen up to the watermark; `damaged` names files that are not whole."""

    period: str
    entries: int
    sale_fen: int
    ledger_entries: int
    ledger_fen: int
    damaged: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether the files say what the ledger says."""
        return not self.damaged and (self.entries, self.sale_fen) == (self.ledger_entries, self.ledger_fen)


def verify(session: Session, segments: Segments) -> list[Finding]:
    """Hash every file and compare each month with the ledger."""
    segments.store.forget()
    rows = session.execute(
        select(Entry.period, func.count(), func.sum(Entry.sale_fen))
        .join(Link, Link.entry_no == Entry.entry_no)
        .where(Link.position <= watermark(session))
        .group_by(Entry.period)
    )
    books = {period: (count, int(fen)) for period, count, fen in rows}
    files = {period: list(found) for period, found in groupby(live(session), key=lambda one: one.period)}
    return [
        Finding(
            period,
            sum(one.entries for one in files.get(period, ())),
            sum(one.sale_fen for one in files.get(period, ())),
            *books.get(period, (0, 0)),
            tuple(
                one.name for one in files.get(period, ()) if not segments.store.is_whole(one.name, one.sha256)
            ),
        )
        for period in sorted({*books, *files})
    ]
