"""The ledger as one question sees it: segments and tail, or the table itself where there are no segments.

The tail is every entry without a chain position or beyond the watermark, read from PostgreSQL in the question's own snapshot
together with the manifest: each entry is in exactly one of the two, so an answer is always fresh and exact. A segment that is
not whole is read from PostgreSQL too, until the worker has made it again. A tail too long to be sent (`_is_behind`) is not:
until the files have caught up, PostgreSQL answers the same statement from the table. So it does where the months have few
entries: opening files costs some thirty ms a question however little is in them, and a report of a small county asks ten.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb
import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry, Link
from marketplace.attribution.service.settling import settled
from marketplace.core.patience import allow_waiting
from marketplace.core.snapshots import once
from marketplace.statistics.position import newest_position
from marketplace.statistics.question import Question
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.build import manifest
from marketplace.statistics.segments.cluster import ClusterBooks, session_of
from marketplace.statistics.segments.engine import Segments
from marketplace.statistics.segments.layout import COLUMNS, NAMES
from marketplace.statistics.segments.models import Segment
from marketplace.statistics.segments.sql import RELATION, translated
from marketplace.statistics.segments.transfer import LINKED, UNLINKED, copy_entries, reading
from marketplace.statistics.standpoint import reads_until

log = structlog.get_logger(__name__)


class Books(Protocol):
    """Who answers statements over `attribution.entry`."""

    def rows(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        """Its rows, columns in the order of the SELECT."""


class TableBooks:
    """PostgreSQL answers, from the table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        """As the table says."""
        return self._session.execute(statement).all()


class SegmentBooks:
    """DuckDB answers, from files and tail."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def rows(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        """The same as the table says."""
        text, parameters = translated(statement)
        found: list[tuple[Any, ...]] = self._cursor.execute(text, parameters or None).fetchall()
        return found


@contextmanager
def books_of(session: Session, question: Question) -> Iterator[Books]:
    """The books for the months of a question, in the session's snapshot."""
    segments = engine.installed()
    if segments is None:
        yield TableBooks(session)
        return
    months = (question.from_period, reads_until(question.to_period))
    position, found = _files(session, *months)
    if position == 0:
        yield TableBooks(session)
        return
    beyond = max(newest_position(session) - position, 0)
    if sum(one.entries for one in found) + beyond <= segments.small_rows:
        yield TableBooks(session)
        return
    lost = [one for one in found if not segments.store.is_whole(one.name, one.sha256)]
    if _is_behind(session, beyond + sum(one.entries for one in lost), segments.tail_rows):
        log.info("segments_behind", position=position, lost=len(lost))
        yield TableBooks(session)
        return
    with (
        tempfile.TemporaryDirectory(prefix="sanzhuan-tail-") as folder,
        engine.cursor(segments) as cursor,
    ):
        tail = Path(folder) / "tail.csv"
        query, parameters = _tail(session, position, lost, months)
        has_tail = copy_entries(session, query, parameters, tail) > 0
        whole = [segments.store.path(one.name) for one in found if one not in lost]
        if segments.spark_master:
            allow_waiting(session)  # the cluster may take minutes, above all at its first question
            yield _on_cluster(cursor, segments, whole, tail if has_tail else None)
        else:
            _make_relation(cursor, whole, tail if has_tail else None)
            yield SegmentBooks(cursor)


def _files(session: Session, first: str | None, last: str | None) -> tuple[int, list[Segment]]:
    """The manifest of the months. It is read since the January of the last one: a report asks for a month and its year."""
    since = min(first, f"{last[:4]}-01") if first and last else first
    position, found = once(session, lambda: manifest(session, since, last), manifest, since, last)
    return position, [one for one in found if not first or one.period >= first]


def _is_behind(session: Session, linked: int, most: int) -> bool:
    """Whether more than `most` entries are in no whole file, `linked` of them with a chain position.

    Sent one by one they would take longer than the table does. So it is while a large ledger is put into files for the first
    time, or again in a new layout, or when many files are lost.
    """
    if linked > most:
        return True
    since = settled(session)
    if (session.scalar(select(func.max(Entry.entry_no))) or 0) - since <= most - linked:
        return False  # numbers are given in order: there cannot be more without a position
    has_link = select(Link.entry_no).where(Link.entry_no == Entry.entry_no, Link.entry_no > since).exists()
    some = select(Entry.entry_no).where(Entry.entry_no > since, ~has_link).limit(most - linked + 1)
    return (session.scalar(select(func.count()).select_from(some.subquery())) or 0) > most - linked


def _tail(
    session: Session, position: int, lost: Sequence[Segment], months: tuple[str | None, str | None]
) -> tuple[str, dict[str, Any]]:
    """One statement, so of one moment, for every row of the months that no segment holds."""
    first, last = months
    within = (" AND e.period >= %(first)s" if first else "") + (" AND e.period <= %(last)s" if last else "")
    parts = [
        f"{LINKED} WHERE l.position > %(after)s{within}",
        f"{UNLINKED}{within}",
    ]
    parameters: dict[str, Any] = {
        "after": position,
        "settled": settled(session),
        "first": first,
        "last": last,
    }
    for number, one in enumerate(lost):
        log.error("segment_not_whole", segment=one.name)
        parts.append(
            f"{LINKED} WHERE e.period = %(period{number})s"
            f" AND l.position > %(after{number})s AND l.position <= %(to{number})s"
        )
        parameters |= {
            f"period{number}": one.period,
            f"after{number}": one.after_position,
            f"to{number}": one.to_position,
        }
    return " UNION ALL ".join(parts), parameters


def _make_relation(cursor: duckdb.DuckDBPyConnection, whole: Sequence[str], tail: Path | None) -> None:
    parts = []
    if whole:
        paths = ", ".join(f"'{path}'" for path in whole)
        parts.append(f"SELECT {NAMES} FROM read_parquet([{paths}])")  # noqa: S608 - names of ours
    if tail is not None or not whole:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        cursor.execute(f"CREATE TEMP TABLE tail ({columns})")
        parts.append(f"SELECT {NAMES} FROM tail")  # noqa: S608
    if tail is not None:
        cursor.execute(f"INSERT INTO tail SELECT {NAMES} FROM {reading(tail)}")  # noqa: S608
    cursor.execute(f"CREATE TEMP VIEW {RELATION} AS {' UNION ALL '.join(parts)}")


def _on_cluster(
    cursor: duckdb.DuckDBPyConnection, segments: Segments, whole: Sequence[str], tail: Path | None
) -> Books:
    rows: list[dict[str, Any]] = []
    if tail is not None:
        found = cursor.execute(f"SELECT {NAMES} FROM {reading(tail)}").fetchall()  # noqa: S608
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in found]
    return ClusterBooks(session_of(segments.spark_master), whole, rows)
