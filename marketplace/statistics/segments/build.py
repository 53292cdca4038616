"""Entries with a chain position become files, month by month; small files become large ones; lost ones are made again.

One builder at a time, by an advisory lock held to the end of its transaction. A crash leaves files that no manifest names, which
`sweep` removes; the manifest and the watermark change together or not at all. Positions are given to committed entries only, in
the order of their commits, so what lies below the newest position seen is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import duckdb
import structlog
from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.attribution.models import Link
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.ids import uuid7
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.engine import Segments
from marketplace.statistics.segments.layout import COLUMNS, LAYOUT, NAMES, ORDER
from marketplace.statistics.segments.models import Segment, Watermark
from marketplace.statistics.segments.transfer import LINKED, copy_entries, reading

log = structlog.get_logger(__name__)
LOCK_SPACE: Final = "statistics.segments"
MOST: Final = 500_000  # positions taken in one transaction: memory and its length stay bounded
_NUMBERED: Final = "e.entry_no BETWEEN %(low)s AND %(high)s"
SLICE: Final = 125_000  # positions that PostgreSQL sends at a time
ROW_GROUP: Final = 122_880


@dataclass(frozen=True)
class Part:
    """A file that is being made of the entries of a month."""

    period: str
    after: int
    to: int
    entries: int
    sale_fen: int


def build(session: Session, segments: Segments, most: int = MOST) -> int:
    """Put the entries beyond the watermark into files, at most those of `most` positions; how many entries."""
    lock_exclusive(session, LOCK_SPACE, "")
    after, newest = watermark(session), session.scalar(select(func.max(Link.position))) or 0
    to = min(newest, after + most)
    if to == after:
        return 0
    made = _made(session, segments, "l.position > %(after)s AND l.position <= %(to)s", after, to)
    move_watermark(session, to)
    log.info("segments_built", entries=sum(part.entries for part in made), files=len(made), position=to)
    return sum(part.entries for part in made)


def remake(session: Session, segments: Segments, lost: Segment) -> bool:
    """Make the file of a segment again from the ledger, under another name; False when another worker just did."""
    if not _still_live(session, [lost]):
        return False
    where = "e.period = %(period)s AND l.position > %(after)s AND l.position <= %(to)s"
    _made(session, segments, where, lost.after_position, lost.to_position, lost.period)
    lost.retired_at = utcnow()
    session.flush()
    log.warning("segment_remade", segment=lost.name)
    return True


def merge(session: Session, segments: Segments, several: Sequence[Segment]) -> bool:
    """One file in place of several of one month, all of them whole; False when another worker just replaced one."""
    if not _still_live(session, several):
        return False
    paths = ", ".join(f"'{segments.store.path(one.name)}'" for one in several)
    with _workshop(segments) as (place, cursor):
        part = Part(
            several[0].period,
            min(one.after_position for one in several),
            max(one.to_position for one in several),
            sum(one.entries for one in several),
            sum(one.sale_fen for one in several),
        )
        cursor.execute(f"CREATE TEMP VIEW taken AS SELECT * FROM read_parquet([{paths}])")  # noqa: S608
        write_file(session, segments, cursor, place, part)
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
    joined = [Segment.retired_at.is_(None), Segment.layout == LAYOUT]
    if from_period:
        joined.append(Segment.period >= from_period)
    if to_period:
        joined.append(Segment.period <= to_period)
    rows = session.execute(
        select(Watermark.position, Segment)
        .outerjoin(Segment, and_(*joined))
        .where(Watermark.id == 1, Watermark.layout == LAYOUT)
        .order_by(Segment.period, Segment.after_position)
    ).all()
    return (rows[0].position, [row.Segment for row in rows if row.Segment is not None]) if rows else (0, [])


def _made(
    session: Session, segments: Segments, where: str, after: int, to: int, period: str | None = None
) -> list[Part]:
    bounds = [*range(after, to, SLICE), to]
    with _workshop(segments) as (place, cursor), ThreadPoolExecutor(1) as reader:

        def copied(begin: int, end: int) -> Path:
            rows = place / f"{end}.csv"
            within = {"after": begin, "to": end, "period": period} | _numbers(session, begin, end)
            copy_entries(session, f"{LINKED} WHERE {where} AND {_NUMBERED}", within, rows)
            return rows

        # PostgreSQL sends the next slice while DuckDB reads this one; nothing else uses the session meanwhile.
        coming = reader.submit(copied, bounds[0], bounds[1])
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        cursor.execute(f"CREATE TEMP TABLE taken ({columns})")
        for begin, end in [*pairwise(bounds[1:]), (to, to)]:
            rows = coming.result()
            if begin < end:
                coming = reader.submit(copied, begin, end)
            cursor.execute(f"INSERT INTO taken SELECT {NAMES} FROM {reading(rows)}")  # noqa: S608 - a file of ours
            rows.unlink()
        found = cursor.execute(
            "SELECT period, count(*), sum(sale_fen) FROM taken GROUP BY period ORDER BY period"
        ).fetchall()
        parts = [Part(month, after, to, count, int(fen)) for month, count, fen in found]
        for part in parts:
            write_file(session, segments, cursor, place, part)
    return parts


def _numbers(session: Session, after: int, to: int) -> dict[str, int]:
    """The least and the greatest entry of some positions: PostgreSQL then reads these entries and not the whole table."""
    low, high = session.execute(
        select(func.min(Link.entry_no), func.max(Link.entry_no)).where(
            Link.position > after, Link.position <= to
        )
    ).one()
    return {"low": low or 0, "high": high or 0}


def write_file(
    session: Session, segments: Segments, cursor: duckdb.DuckDBPyConnection, place: Path, part: Part
) -> None:
    """Put the rows of the temporary relation ``taken`` that are of the part's month into a file and the manifest."""
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
    session.add(
        Segment(
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
    )
    session.flush()


def move_watermark(session: Session, position: int) -> None:
    """Say that everything up to the position is in files."""
    values = {"id": 1, "position": position, "layout": LAYOUT, "moved_at": utcnow()}
    session.execute(
        insert(Watermark).values(values).on_conflict_do_update(index_elements=["id"], set_=values)
    )


@contextmanager
def _workshop(segments: Segments) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    with segments.store.workplace() as folder, engine.cursor(segments) as cursor:
        yield Path(folder), cursor
