"""The ledger as one question sees it: segments and tail, or the table itself where there are no segments.

The tail is every entry without a chain position or beyond the watermark, read from PostgreSQL in the question's own snapshot
together with the manifest: each entry is in exactly one of the two, so an answer is always fresh and exact. A segment that is
not whole is read from PostgreSQL too, until the worker has made it again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb
import structlog
from sqlalchemy import Select
from sqlalchemy.orm import Session

from marketplace.attribution.service.settling import settled
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
    position, found = manifest(session, question.from_period, reads_until(question.to_period))
    if position == 0:
        yield TableBooks(session)
        return
    lost = [one for one in found if not segments.store.is_whole(one.name, one.sha256)]
    with (
        tempfile.TemporaryDirectory(prefix="sanzhuan-tail-") as folder,
        engine.cursor(segments) as cursor,
    ):
        tail = Path(folder) / "tail.csv"
        query, parameters = _tail(session, position, lost)
        has_tail = copy_entries(session, query, parameters, tail) > 0
        whole = [segments.store.path(one.name) for one in found if one not in lost]
        if segments.spark_master:
            yield _on_cluster(cursor, segments, whole, tail if has_tail else None)
        else:
            _make_relation(cursor, whole, tail if has_tail else None)
            yield SegmentBooks(cursor)


def _tail(session: Session, position: int, lost: Sequence[Segment]) -> tuple[str, dict[str, Any]]:
    """One statement, so of one moment, for every row that no segment holds."""
    parts = [f"{LINKED} WHERE l.position > %(after)s", f"{UNLINKED} AND e.entry_no > %(settled)s"]
    parameters: dict[str, Any] = {"after": position, "settled": settled(session)}
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
