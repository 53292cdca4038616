"""Questions over a country's year: money, distinct counts, households; each beside a bare scan of the columns it needs.

`python -m benchmarks statistics [--lines N]`. First 2,000,000 lines (or N, if fewer) stand in PostgreSQL, become segments, and
ten questions are asked of both; then N lines (20,000,000) are written as segments, and a fresh process asks fifty.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics as figures
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.database import Postgres, postgres
from benchmarks.statistics_data import (
    as_ledger_rows,
    lines,
    months,
    prepare,
    write_agreements,
)
from benchmarks.statistics_questions import QUESTIONS, Asked, columns_scanned
from marketplace.core import db
from marketplace.core.settings import Settings
from marketplace.statistics.query import Answer, ask
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.build import build, manifest, move_watermark
from marketplace.statistics.segments.engine import Segments
from marketplace.statistics.segments.layout import COLUMNS
from marketplace.statistics.segments.making import Part, write_file

LINES: Final = 20_000_000
IN_POSTGRESQL: Final = 2_000_000
BESIDE: Final = 10  # questions that PostgreSQL is asked as well
TURNS: Final = 3
# What reads every value and does next to nothing with it; least and greatest would be read from the file's own statistics.
_READ: Final = {
    "BIGINT": "sum({})",
    "INTEGER": "sum({})",
    "VARCHAR": "sum(strlen({}))",
    "UUID": "count({})",
    "TIMESTAMP": "sum(epoch_us({}))",
    "BOOLEAN": "count_if({})",
}


@dataclass(frozen=True)
class Timed:
    """A question, the best of its turns in ms, and that of the bare scan of its columns."""

    asked: Asked
    ms: float
    scan_ms: float
    rows: int


def main(arguments: Sequence[str]) -> None:
    """Write, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks statistics", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    total = parser.parse_args(arguments).lines
    with tempfile.TemporaryDirectory(prefix="sanzhuan-bench-segments-") as folder:
        found = _beside_postgresql(Path(folder) / "some", min(total, IN_POSTGRESQL), total)
        found |= _of_the_year(Path(folder) / "all", total)
    print(f"\nstatistics, {total:,} lines")
    for name, value in found.items():
        print(f"  {name:<34} {value}")
    print(json.dumps({"bench": "statistics", "lines": total} | found), flush=True)


def _beside_postgresql(folder: Path, total: int, of: int) -> dict[str, object]:
    """Entries as the ledger has them: how fast they become segments, and how PostgreSQL answers the same questions."""
    with postgres() as server:
        segments = _installed(server, folder)
        with db.transaction() as session:
            write_agreements(session)
        _write_ledger(server, segments, folder, total, of)
        server.analyse()
        began = time.perf_counter()
        while True:
            with db.transaction() as session:
                if not build(session, segments):
                    break
        seconds = time.perf_counter() - began
        ratios: list[float] = []
        for one in _spread(QUESTIONS, BESIDE):
            fast, columns = _best(one)
            engine.use(None)
            slow, table = _best(one, turns=1)
            engine.use(segments)
            if columns != table:
                raise RuntimeError(f"{one} is answered differently by segments and table")
            ratios.append(slow / fast)
    return {
        "build_entries_per_second": round(total / seconds),
        "postgresql_lines": total,
        "times_faster_than_postgresql_median": round(figures.median(ratios), 1),
        "times_faster_than_postgresql_least": round(min(ratios), 1),
    }


def _write_ledger(server: Postgres, segments: Segments, folder: Path, total: int, of: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "ledger.csv"
    with engine.cursor(segments) as cursor:
        prepare(cursor)
        columns = as_ledger_rows(cursor, total, of, file)
    with server.connect() as connection:
        with (
            file.open("rb") as source,
            connection.cursor().copy(f"COPY attribution.entry ({columns}) FROM STDIN (FORMAT csv)") as copy,
        ):
            while part := source.read(1 << 20):
                copy.write(part)
        connection.execute(
            "INSERT INTO attribution.link (entry_no, position, hash, linked_at)"
            " SELECT entry_no, entry_no, decode(md5(entry_no::text), 'hex'), counted_at FROM attribution.entry"
        )
        connection.execute(
            "INSERT INTO attribution.chain_state (id, settled_entry_no) SELECT 1, max(entry_no) FROM attribution.entry"
        )
        connection.commit()
    file.unlink()


def _of_the_year(folder: Path, total: int) -> dict[str, object]:
    with postgres() as server:
        segments = _installed(server, folder)
        with db.transaction() as session:
            write_agreements(session)
        for period, first, last in months(total):
            with (
                db.transaction() as session,
                segments.store.workplace() as place,
                engine.cursor(segments) as cursor,
            ):
                prepare(cursor)
                cursor.execute(f"CREATE TEMP TABLE taken AS {lines(first, last, period)}")
                count, fen = cursor.execute("SELECT count(*), sum(sale_fen) FROM taken").fetchone() or (0, 0)
                part = Part(period, first - 1, last - 1, count, int(fen))
                session.add(write_file(segments, cursor, Path(place), part))
        with db.transaction() as session:
            move_watermark(session, total)
        server.analyse()
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            timed, rss = pool.apply(_timed, (server.app_url, str(folder)))
    return _figures(timed) | {"peak_rss_mib": rss >> 20}


def _timed(url: str, folder: str) -> tuple[list[Timed], int]:
    """In a process of its own, so that its memory is that of one worker."""
    database = db.connect(db.Database(url))
    engine.install(Settings(segments_url=folder, segments_small_rows=0))
    found = []
    for one in QUESTIONS:
        _ask(one)  # reads rosters and states, hashes files
        ms, answer = _best(one)
        found.append(Timed(one, ms, _scan(one), len(answer.rows)))
        print(
            f"  {found[-1].ms:8.1f} ms, scan {found[-1].scan_ms:8.1f} ms, {len(answer.rows):>7,} rows  {one.title}",
            flush=True,
        )
    database.dispose()
    return found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _figures(timed: Sequence[Timed]) -> dict[str, object]:
    kinds: dict[str, list[Timed]] = defaultdict(list)
    for one in timed:
        kinds[one.asked.kind].append(one)
    found: dict[str, object] = {"questions": len(timed)}
    for kind, several in kinds.items():
        found[f"{kind}_ms_p50"] = round(_at([one.ms for one in several], 0.5), 1)
        found[f"{kind}_ms_p95"] = round(_at([one.ms for one in several], 0.95), 1)
        if kind.startswith("money"):
            found[f"{kind}_ratio_to_scan_p95"] = round(
                _at([one.ms / one.scan_ms for one in several], 0.95), 2
            )
    year = {one.asked.title: one.ms for one in timed}
    month = [(one.ms, year[one.asked.of_year]) for one in timed if one.asked.of_year in year]
    if month:
        found["a_month_costs_of_a_year"] = round(figures.median(part / whole for part, whole in month), 3)
    return found


def _installed(server: Postgres, folder: Path) -> Segments:
    engine.install(replace(server.settings, segments_url=str(folder)))
    found = engine.installed()
    if found is None:
        raise RuntimeError("no segments")
    return found


def _ask(one: Asked) -> Answer:
    with db.transaction(snapshot=True) as session:
        return ask(session, one.question)


def _best(one: Asked, turns: int = TURNS) -> tuple[float, Answer]:
    """Milliseconds of the best turn, and what the last one gave."""
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        answer = _ask(one)
        times.append(time.perf_counter() - began)
    return 1000 * min(times), answer


def _scan(one: Asked) -> float:
    """The least that can be done with the columns the question needs: read them all once, of the months it asks."""
    segments = engine.installed()
    if segments is None:
        raise RuntimeError("no segments")
    with db.transaction(snapshot=True) as session:
        found = manifest(session, one.question.from_period, one.question.to_period)[1]
    files = ", ".join(f"'{segments.store.path(segment.name)}'" for segment in found)
    what = ", ".join(_READ[COLUMNS[name]].format(name) for name in columns_scanned(one.question))
    times = []
    with engine.cursor(segments) as cursor:
        for _ in range(TURNS):
            began = time.perf_counter()
            cursor.execute(f"SELECT {what} FROM read_parquet([{files}])").fetchall()
            times.append(time.perf_counter() - began)
    return 1000 * min(times)


def _spread(several: Sequence[Asked], count: int) -> list[Asked]:
    money = [one for one in several if one.kind.startswith("money") and not one.of_year]
    return [money[number * len(money) // count] for number in range(count)]


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
