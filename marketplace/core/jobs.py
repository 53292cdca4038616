"""What must follow a transaction, as rows written in it; `flask worker` does them.

A job is claimed by its state with SKIP LOCKED (never by a high-water id, which loses rows that commit late) and done in a
transaction of its own: done twice must be the same as done once. After eight attempts, each later than the last, it is dead and
shows on /metrics. There is no NOTIFY: one per commit would halve the write rate.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select, true, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from marketplace.core import job_rows
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.core.models import Job
from marketplace.core.patience import allow_minutes

log = structlog.get_logger(__name__)
JobHandler = Callable[[Session, dict[str, Any]], dict[str, Any] | None]
MAX_ATTEMPTS: Final = 8
POLL_SECONDS: Final = 0.3


@dataclass(frozen=True)
class LongJob:
    """A kind of job that may take minutes: a worker does it in a thread beside all other work, one at a time.

    Its session claims the job and waits while `do` works in transactions of its own; what `do` writes by it is written at the
    end, together with the job's. A worker that is killed or ends leaves the job to the next one, which begins it anew.
    """

    do: JobHandler


_handlers: dict[str, JobHandler | LongJob] = {}


@dataclass(frozen=True)
class Periodic:
    """Work that comes round: `run` is called every `seconds` by each worker, in a transaction of its own.

    Several workers may call it at once: it locks what it must, and doing it twice is the same as once.
    """

    name: str
    seconds: int
    run: Callable[[Session], object]


@dataclass(frozen=True)
class Loop:
    """Work that comes round like `Periodic`, but opens its own transactions: it goes on batch by batch, or calls another server.

    `seconds` 0: whenever the worker looks for work. `is_long`: it may take minutes, so the worker does it in a thread beside all
    other work, once at a time. A worker that ends does not wait for it: the next one begins it anew.
    """

    name: str
    seconds: int
    run: Callable[[], object]
    is_long: bool = False


Repeated = Periodic | Loop
_periodic: list[Repeated] = []


def compose(handlers: Mapping[str, JobHandler | LongJob], periodic: Sequence[Repeated] = ()) -> None:
    """Replace all handlers and periodic work. Called once by the composition root."""
    _handlers.clear()
    _handlers.update(handlers)
    _periodic[:] = periodic


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    run_at: datetime | None = None,
    key: str | None = None,
    actor_id: uuid.UUID | None = None,
) -> int | None:
    """Write a job in the caller's transaction; its id, or None when an open job with the same `key` exists already."""
    _check_kind(kind)
    statement = job_rows.ENQUEUE if key is None else job_rows.ENQUEUE_ONCE
    return session.connection().scalar(statement, job_rows.values_of(kind, payload, run_at, key, actor_id))


def to_enqueue(kind: str, payload: dict[str, Any], key: str) -> dict[str, Any]:
    """Values for `job_rows.ENQUEUE_FROM`: for who writes a row and the job that follows it by one statement."""
    _check_kind(kind)
    return job_rows.values_of_part(kind, payload, key)


def _check_kind(kind: str) -> None:
    if kind not in _handlers:
        raise LookupError(f"no handler for jobs of kind {kind}: declare it in marketplace.wiring")


def run_one(*, is_long: bool | None = None) -> bool:
    """Claim the oldest due job and do it; False when none is due. A failing job is put back, later each time.

    `is_long`: only jobs of kinds that are long, or only others.
    """
    long_kinds = [kind for kind, handler in _handlers.items() if isinstance(handler, LongJob)]
    of_kind = {None: true(), True: Job.kind.in_(long_kinds), False: Job.kind.not_in(long_kinds)}[is_long]
    claimed: list[int] = []
    try:
        with transaction() as session:
            job = session.scalars(
                select(Job)
                .where(Job.state == "ready", Job.run_at <= utcnow(), of_kind)
                .order_by(Job.run_at, Job.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if job is None:
                return False
            claimed.append(job.id)
            handler = _handlers[job.kind]
            if isinstance(handler, LongJob):
                allow_minutes(session)
                handler = handler.do
            result = handler(session, job.payload)
            session.execute(
                update(Job).where(Job.id == job.id).values(state="done", done_at=utcnow(), result=result)
            )
    except Exception as error:  # the transaction is rolled back whole; what failed is kept on the row
        if not claimed:
            raise
        _put_back(claimed[0], error)
    return True


def _put_back(job_id: int, error: Exception) -> None:
    reason = error.code if isinstance(error, DomainError) else type(error).__name__
    with transaction() as session:
        job = session.scalars(
            select(Job).where(Job.id == job_id, Job.state == "ready").with_for_update()
        ).one_or_none()
        if job is None:  # another worker has done it since
            return
        job.attempts += 1
        job.state = "dead" if job.attempts >= MAX_ATTEMPTS else "ready"
        job.last_error = reason
        job.run_at = utcnow() + timedelta(seconds=2**job.attempts)
        log.error(
            "job_failed", job=job.id, kind=job.kind, attempts=job.attempts, reason=reason, state=job.state
        )


def run_ready(limit: int = 10_000) -> int:
    """Do due jobs until none is left or `limit` are done; how many were."""
    done = 0
    while done < limit and run_one():
        done += 1
    return done


def run_periodic(due: Callable[[Repeated], bool] = lambda _: True) -> int:
    """Run the periodic work that is `due` (all by default); how many ran. A failure is logged and comes round again."""
    chosen = [one for one in _periodic if due(one)]
    for one in chosen:
        _attempt(one)
    return len(chosen)


def _attempt(one: Repeated) -> None:
    try:
        _run_repeated(one)
    except Exception as error:  # noqa: BLE001 - rolled back whole; one kind of work must not stop the others
        log.error("periodic_failed", name=one.name, kind=type(error).__name__)


def _run_repeated(one: Repeated) -> None:
    if isinstance(one, Loop):
        one.run()
        return
    with transaction() as session:
        one.run(session)


def _run_long() -> None:
    while run_one(is_long=True):
        pass


_LONG_JOBS: Final = Loop("core.jobs.long", 1, _run_long, is_long=True)


def work(stop: Callable[[], bool]) -> None:
    """Do jobs and periodic work until `stop()`; asks every 0.3 s when idle.

    A database that restarts, or has no connection left for a while, ends no worker: it is logged and asked again.
    """
    last: dict[str, float] = {}
    beside: dict[str, threading.Thread] = {}

    def due(one: Repeated) -> bool:
        """Whether to do it here and now; long work that is due is begun beside."""
        now = time.monotonic()
        if now - last.get(one.name, -float(one.seconds)) < one.seconds:
            return False
        last[one.name] = now
        if not (isinstance(one, Loop) and one.is_long):
            return True
        if one.name not in beside or not beside[one.name].is_alive():
            beside[one.name] = threading.Thread(target=_attempt, args=(one,), name=one.name, daemon=True)
            beside[one.name].start()
        return False

    while not stop():
        run_periodic(due)
        due(_LONG_JOBS)
        # While there are jobs, what comes round is looked at every 0.3 s too, and not between any two of them.
        look_again = time.monotonic() + POLL_SECONDS
        while not stop() and time.monotonic() < look_again:
            if not _did_one():
                time.sleep(POLL_SECONDS)


def _did_one() -> bool:
    """`run_one` of what is short; False also when the database could not be asked."""
    try:
        return run_one(is_long=False)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.error("database_not_asked", kind=type(error).__name__)
        return False
