"""Files out of entries: PostgreSQL sends slices ahead while DuckDB reads, sorts and packs those before.

What is made is in the store and in no manifest yet: a caller adds the rows in the transaction that moves the watermark. A crash
in between leaves files that nobody names, which `care.sweep` removes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

import duckdb
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Link
from marketplace.core.clock import utcnow
from marketplace.core.ids import uuid7
from marketplace.core.planning import read_by_index
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.engine import Segments
from marketplace.statistics.segments.layout import COLUMNS, LAYOUT, NAMES, ORDER
from marketplace.statistics.segments.models import Segment
from marketplace.statistics.segments.transfer import LINKED, copy_entries, reading

_NUMBERED: Final = "e.entry_no BETWEEN %(low)s AND %(high)s"
# A slice is a small part of the table and lies in its order; the planner thinks its pages scattered, and would scan all for each.
SLICE: Final = 125_000  # positions that PostgreSQL sends at a time
AHEAD: Final = 6  # slices that may lie on the disk at once, some 60 MB each
# Positions that are sorted together, all in DuckDB's memory: with more a worker would not stay below 1 GiB.
ROUND: Final = 3 * SLICE
ROW_GROUP: Final = 122_880


@dataclass(frozen=True)
class Part:
    """A file that is being made of the entries of a month."""

    period: str
    after: int
    to: int
    entries: int
    sale_fen: int


def make(session: Session, segments: Segments, after: int, to: int) -> list[Segment]:
    """Files of the entries of the positions beyond `after` up to `to`: one a month of every `ROUND` positions."""
    where = "l.position > %(after)s AND l.position <= %(to)s"
    return _made(session, segments, where, _bounds(after, to), ROUND, None)


def make_again(session: Session, segments: Segments, lost: Segment) -> list[Segment]:
    """The file of a segment from the ledger, under another name."""
    where = "e.period = %(period)s AND l.position > %(after)s AND l.position <= %(to)s"
    bounds = _bounds(lost.after_position, lost.to_position)
    return _made(session, segments, where, bounds, lost.to_position - lost.after_position, lost.period)


def _bounds(after: int, to: int) -> list[int]:
    return [*range(after, to, SLICE), to]


def _made(
    session: Session,
    segments: Segments,
    where: str,
    bounds: list[int],
    positions_together: int,
    period: str | None,
) -> list[Segment]:
    """The work of both. The session is the reading thread's until every slice has come: nothing else may use it meanwhile."""
    made: list[Segment] = []
    read_by_index(session)
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with workshop(segments) as (place, cursor):

        def copied(begin: int, end: int) -> Path:
            rows = place / f"{end}.csv"
            within = {"after": begin, "to": end, "period": period} | _numbers(session, begin, end)
            copy_entries(session, f"{LINKED} WHERE {where} AND {_NUMBERED}", within, rows)
            return rows

        began = bounds[0]
        for rows, end in _sent_ahead(copied, bounds):
            cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS taken ({columns})")
            cursor.execute(f"INSERT INTO taken SELECT {NAMES} FROM {reading(rows)}")  # noqa: S608 - a file of ours
            rows.unlink()
            if end == bounds[-1] or end - began >= positions_together:
                made += _files(segments, cursor, place, began, end)
                cursor.execute("DROP TABLE taken")
                began = end
    return made


def _sent_ahead(copied: Callable[[int, int], Path], bounds: list[int]) -> Iterator[tuple[Path, int]]:
    """The rows of every slice, in order, each with its last position; up to `AHEAD` are copied before they are asked for."""
    slices = pairwise(bounds)
    with ThreadPoolExecutor(1) as reader:
        coming: deque[tuple[Future[Path], int]] = deque(
            (reader.submit(copied, *one), one[1]) for one in islice(slices, AHEAD - 1)
        )
        try:
            while coming:
                rows, end = coming.popleft()
                found = rows.result()
                coming.extend((reader.submit(copied, *one), one[1]) for one in islice(slices, 1))
                yield found, end
        finally:
            for rows, _ in coming:
                rows.cancel()


def _files(
    segments: Segments, cursor: duckdb.DuckDBPyConnection, place: Path, after: int, to: int
) -> list[Segment]:
    found = cursor.execute(
        "SELECT period, count(*), sum(sale_fen) FROM taken GROUP BY period ORDER BY period"
    ).fetchall()
    parts = [Part(month, after, to, count, int(fen)) for month, count, fen in found]
    return [write_file(segments, cursor, place, part) for part in parts]


def _numbers(session: Session, after: int, to: int) -> dict[str, int]:
    """The least and the greatest entry of some positions: PostgreSQL then reads these entries and not the whole table.

    OFFSET 0 keeps it from looking for the least one from the beginning of the chain and for the greatest from its end.
    """
    linked = select(Link.entry_no).where(Link.position > after, Link.position <= to).offset(0).subquery()
    low, high = session.execute(select(func.min(linked.c.entry_no), func.max(linked.c.entry_no))).one()
    return {"low": low or 0, "high": high or 0}


def write_file(segments: Segments, cursor: duckdb.DuckDBPyConnection, place: Path, part: Part) -> Segment:
    """Put the rows of the temporary relation ``taken`` that are of the part's month into a file; its line of the manifest.

    RuntimeError when the file does not hold what it was made of.
    """
    segment_id = uuid7()
    name = f"{part.period}-{part.to:012d}-{segment_id.hex}.parquet"
    cursor.execute(
        f"COPY (SELECT {NAMES} FROM taken WHERE period = '{part.period}' ORDER BY {ORDER})"  # noqa: S608
        f" TO '{place / name}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP})"
    )
    written = cursor.execute(
        f"SELECT count(*), sum(sale_fen) FROM read_parquet('{place / name}')"  # noqa: S608 - a name of ours
    ).fetchone()
    if written is None or (written[0], int(written[1])) != (part.entries, part.sale_fen):
        raise RuntimeError(f"segment {name} does not hold what it was made of")
    sha256, size = segments.store.put(name, place / name)
    return Segment(
        id=segment_id,
        name=name,
        period=part.period,
        layout=LAYOUT,
        after_position=part.after,
        to_position=part.to,
        entries=part.entries,
        sale_fen=part.sale_fen,
        sha256=sha256,
        bytes=size,
        made_at=utcnow(),
    )


@contextmanager
def workshop(segments: Segments) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    """A folder for files that are being made, and a cursor to make them with."""
    with segments.store.workplace() as folder, engine.cursor(segments) as cursor:
        yield Path(folder), cursor
