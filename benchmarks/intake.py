"""Sales of 10,000 devices: signed batches by HTTP, read by two workers, until every line stands in the ledger.

`python -m benchmarks intake [--rows N]`. The web server and the workers run as in production; a reader turns pages of the
listings beside them. Then every batch is sent again: answered with its receipt, and nothing changes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from benchmarks.browse import questions
from benchmarks.clients import CLIENT_PROCESSES, Outcome, drive
from benchmarks.database import Postgres, postgres
from benchmarks.intake_batches import batches
from benchmarks.intake_world import write_counters
from benchmarks.reader import Reader, cpu_seconds, peak_bytes, postgres_seconds
from benchmarks.report import Result, show
from benchmarks.server import ROOT, Web, gunicorn
from marketplace.core import db
from wsgi import create_app

ROWS: Final = 1_000_000
DEVICES: Final = 10_000
EACH: Final = 100  # lines of a batch, unless there are more than the devices have
WORKERS: Final = 2
SENDERS: Final = 4
GOAL_PER_SECOND: Final = 5_000
GOAL_BYTES: Final = 1 << 30
GOAL_REPLAY: Final = 10
ALONE_SECONDS: Final = 10.0
FLOOR_LINES: Final = 200_000
_BOOKS: Final = """
    SELECT (SELECT count(*) FROM intake.batch WHERE state = 'done'), (SELECT count(*) FROM intake.report),
           (SELECT count(*) FROM intake.foreign_sale WHERE state = 'counted'), count(*), coalesce(sum(sale_fen), 0)::bigint,
           count(DISTINCT line_id), max(entry_no), (SELECT count(*) FROM payments.transfer)
    FROM attribution.entry
"""


def main(arguments: Sequence[str]) -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks intake", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    show(run(parser.parse_args(arguments).rows))


def run(lines: int = ROWS) -> Result:
    """Lines/s from the first batch sent to the last one in the ledger; the floor is COPY of the ledger's own rows."""
    with postgres() as server:
        create_app(server.settings)  # facts wired, keys installed
        with db.transaction() as session:
            counters = write_counters(session, min(DEVICES, -(-lines // EACH)))
        requests, total_fen = batches(counters, lines)
        server.analyse()
        with (
            gunicorn("wsgi:create_app()", server.environment, ready="/readyz") as web,
            _workers(server) as workers,
        ):
            pages = questions(counters.world)
            alone = Reader(web.port, pages)
            alone.read(ALONE_SECONDS)
            beside = Reader(web.port, pages)
            before = _spent(server, workers, web)
            with beside.reading():
                sent, seconds = _take(server, web, requests)
            spent = [now - then for now, then in zip(_spent(server, workers, web), before, strict=True)]
            books = _books(server)
            replayed = _send(web, requests)
            memory = [peak_bytes(pid) for pid in (*workers, *web.workers())]
        if _books(server) != books:
            raise RuntimeError("the replay changed the books")
        _check(books, len(requests), lines, total_fen)
        floor, bare = _floor(server)
    rate = lines / seconds
    return Result(
        bench="intake",
        value=rate,
        unit="lines/s",
        floor=floor,
        ratio=rate / floor,
        rows=[
            (
                "asked for",
                f"{GOAL_PER_SECOND:,} lines/s; memory under 1 GiB; a replay {GOAL_REPLAY} times faster",
            ),
            (
                "taken",
                f"{lines:,} lines in {len(requests):,} batches: {seconds:.1f} s, received after {sent.seconds:.1f} s",
            ),
            ("in the ledger", f"{books[3]:,} entries, {books[7]:,} transfers of levy"),
            (
                "the same again",
                f"{replayed.seconds:.1f} s, {seconds / replayed.seconds:.1f} times faster, nothing changed",
            ),
            (
                "a batch is answered, p50, p95",
                f"{sent.latency_ms(0.5):.1f} ms, {sent.latency_ms(0.95):.1f} ms",
            ),
            (
                "a page beside it, p50, p95",
                f"{beside.seen.latency_ms(0.5):.1f} ms, {beside.seen.latency_ms(0.95):.1f} ms",
            ),
            (
                "a page alone, p50, p95",
                f"{alone.seen.latency_ms(0.5):.1f} ms, {alone.seen.latency_ms(0.95):.1f} ms",
            ),
            ("peak memory", _memory(memory)),
            ("processor seconds", "{:.0f} workers, {:.0f} web, {:.0f} PostgreSQL".format(*spent)),
            ("lines a processor second", f"{lines / sum(spent):,.0f}"),
            ("COPY of the bare lines", f"{bare:,.0f} lines/s"),
            ("load of the machine", " ".join(f"{one:.2f}" for one in os.getloadavg())),
        ],
    )


def _memory(peaks: Sequence[int]) -> str:
    megabytes = [f"{one >> 20:,}" for one in peaks]
    return f"{' and '.join(megabytes[:WORKERS])} MiB each worker, {' and '.join(megabytes[WORKERS:])} each web process"


@contextmanager
def _workers(server: Postgres) -> Iterator[list[int]]:
    """`flask worker`, twice; their process ids."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=os.environ | server.environment, stdin=subprocess.DEVNULL)
        for _ in range(WORKERS)
    ]
    try:
        time.sleep(5)  # until they ask for work
        yield [one.pid for one in running]
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=60)


def _take(server: Postgres, web: Web, requests: Sequence[bytes]) -> tuple[Outcome, float]:
    """What the senders saw, and the seconds until every batch was done."""
    began = time.perf_counter()
    sent = _send(web, requests)
    with server.connect() as connection:
        connection.autocommit = True
        while _scalar(connection, "SELECT count(*) FROM intake.batch WHERE state = 'received'"):
            time.sleep(0.2)
    return sent, time.perf_counter() - began


def _send(web: Web, requests: Sequence[bytes]) -> Outcome:
    """Every request once, each client its next one when the last was answered."""
    waiting = [iter(requests[one::CLIENT_PROCESSES]) for one in range(CLIENT_PROCESSES)]
    return drive(
        web.port,
        lambda client: next(waiting[client % CLIENT_PROCESSES], b""),
        clients=SENDERS,
        seconds=3_600,
        expect=202,
    )


def _spent(server: Postgres, workers: Sequence[int], web: Web) -> tuple[float, float, float]:
    """Processor seconds so far of the workers, the web processes and PostgreSQL."""
    with server.connect() as connection:
        backend = connection.info.backend_pid
        return (
            sum(cpu_seconds(pid) for pid in workers),
            sum(cpu_seconds(pid) for pid in web.workers()),
            postgres_seconds(backend),
        )


def _books(server: Postgres) -> tuple[int, ...]:
    with server.connect() as connection:
        row = connection.execute(_BOOKS).fetchone()
    return tuple(row or ())


def _check(books: Sequence[int], sent: int, lines: int, total_fen: int) -> None:
    done, reports, counted, _, fen, lines_booked, _, _ = books
    if (done, reports, counted, lines_booked, fen) != (sent, lines, lines, lines, total_fen):
        raise RuntimeError(f"sent {sent} batches, {lines} lines, {total_fen} fen; the books say {books}")


def _floor(server: Postgres) -> tuple[float, float]:
    """Lines/s of COPY of the ledger's rows into a table with the same indexes, and of the reports' bare text without any."""
    with server.connect() as connection:
        connection.execute("CREATE TEMP TABLE floor (LIKE attribution.entry INCLUDING ALL)")
        connection.execute(
            "CREATE TEMP TABLE bare (channel_id text, order_ref text, line_ref text, fen text, at text)"
        )
        entries = _copied(connection, f"SELECT * FROM attribution.entry LIMIT {FLOOR_LINES}", "floor")
        reports = _copied(
            connection,
            f"SELECT channel_id, order_ref, line_ref, sale_fen, sold_at FROM intake.foreign_sale LIMIT {FLOOR_LINES}",
            "bare",
        )
    return entries, reports


def _copied(connection: Any, question: str, table: str) -> float:
    with connection.cursor().copy(f"COPY ({question}) TO STDOUT") as out:
        lines = b"".join(bytes(part) for part in out)
    began = time.perf_counter()
    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        copy.write(lines)
    connection.commit()
    return lines.count(b"\n") / (time.perf_counter() - began)


def _scalar(connection: Any, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
