import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.core import clock, db, jobs
from marketplace.core.models import AuditRecord, Job


def _note(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
    session.add(
        AuditRecord(at=clock.utcnow(), action="t", subject_kind="x", subject_id=str(payload["n"]), detail={})
    )
    return {"noted": payload["n"]}


def _poison(session: Session, payload: dict[str, Any]) -> None:
    _note(session, payload)
    session.flush()
    session.execute(sa.text("SELECT 1/0"))


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = dict(jobs._handlers)
    jobs.compose({"note": _note, "poison": _poison})
    yield
    jobs.compose(before)


def _states() -> list[tuple[str, str, int]]:
    with db.transaction() as session:
        rows = session.execute(sa.select(Job.kind, Job.state, Job.attempts).order_by(Job.id))
        return [(kind, state, attempts) for kind, state, attempts in rows]


def test_a_job_is_done_once_and_keeps_its_result(own_database: db.Database) -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "note", {"n": 1})
    assert jobs.run_ready() == 1
    assert jobs.run_ready() == 0
    with db.transaction() as session:
        assert session.scalars(sa.select(Job.result)).one() == {"noted": 1}
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == 1


def test_a_poison_job_leaves_nothing_behind_dies_after_eight_attempts_and_lets_the_queue_go_on(
    own_database: db.Database,
) -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "poison", {"n": 1})
        jobs.enqueue(session, "note", {"n": 2})
    now = clock.utcnow()
    for hour in range(jobs.MAX_ATTEMPTS):
        with clock.frozen_at(now + timedelta(hours=hour)):
            jobs.run_ready()
    assert _states() == [("poison", "dead", 8), ("note", "done", 0)]
    with db.transaction() as session:
        assert session.scalars(sa.select(AuditRecord.subject_id)).all() == ["2"]
        assert session.scalars(sa.select(Job.last_error).where(Job.kind == "poison")).one() == "DataError"


def test_asking_twice_for_the_same_open_job_asks_once(own_database: db.Database) -> None:
    with db.transaction() as session:
        first = jobs.enqueue(session, "note", {"n": 1}, key="k")
        second = jobs.enqueue(session, "note", {"n": 1}, key="k")
    assert first is not None
    assert second is None
    assert jobs.run_ready() == 1


def test_a_job_that_is_not_due_waits(own_database: db.Database) -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "note", {"n": 1}, run_at=clock.utcnow() + timedelta(hours=1))
    assert jobs.run_ready() == 0


def test_a_job_of_a_kind_nobody_handles_is_refused_when_written(session: Session) -> None:
    with pytest.raises(LookupError):
        jobs.enqueue(session, "unknown", {})
    with pytest.raises(LookupError):
        jobs.to_enqueue("unknown", {}, "key")


def test_long_work_goes_on_beside_the_jobs_and_is_not_begun_twice(own_database: db.Database) -> None:
    begun: list[int] = []
    let_go = threading.Event()

    def long() -> None:
        begun.append(1)
        assert let_go.wait(60)

    jobs.compose({"note": _note}, (jobs.Loop("long", 0, long, is_long=True),))
    rounds: list[int] = []

    def stop() -> bool:
        rounds.append(1)
        if len(rounds) == 3:
            with db.transaction() as session:
                jobs.enqueue(session, "note", {"n": 7})
        return len(rounds) > 3 and _states() == [("note", "done", 0)]

    jobs.work(stop)  # ends only when the job is done
    assert (begun, let_go.is_set(), len(rounds) > 3) == ([1], False, True)
    let_go.set()


def test_long_work_that_fails_comes_round_again_and_stops_nothing(own_database: db.Database) -> None:
    begun: list[int] = []

    def failing() -> None:
        begun.append(1)
        raise RuntimeError("broken")

    jobs.compose({}, (jobs.Loop("long", 0, failing, is_long=True),))
    jobs.work(lambda: len(begun) >= 2)
    assert len(begun) >= 2
    assert jobs.run_periodic() == 1  # `flask worker --once` does it here and now


def test_a_long_job_is_done_beside_the_others_and_tells_how_far_it_is(own_database: db.Database) -> None:
    let_go, begun = threading.Event(), threading.Event()

    def long(session: Session, payload: dict[str, Any]) -> dict[str, Any]:
        with db.transaction() as own:
            own.execute(sa.text("SELECT 1"))  # a transaction of its own, while the claim waits
        begun.set()
        assert let_go.wait(30)
        return _note(session, payload)

    jobs.compose({"note": _note, "long": jobs.LongJob(long)})
    with db.transaction() as session:
        jobs.enqueue(session, "long", {"n": 1})
        jobs.enqueue(session, "note", {"n": 2})

    def stop() -> bool:
        states = _states()
        if begun.is_set() and ("note", "done", 0) in states:
            let_go.set()  # only when the other job was done while this one still ran
        return states == [("long", "done", 0), ("note", "done", 0)]

    jobs.work(stop)
    with db.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == 2


def test_a_claim_that_waits_for_long_work_is_not_ended_for_being_idle(own_database: db.Database) -> None:
    told: list[str] = []

    def long(session: Session, payload: dict[str, Any]) -> None:
        names = ("idle_in_transaction_session_timeout", "statement_timeout")
        told.extend(session.scalar(sa.text(f"SHOW {name}")) or "" for name in names)

    jobs.compose({"long": jobs.LongJob(long)})
    with db.transaction() as session:
        jobs.enqueue(session, "long", {})
    assert not jobs.run_one(is_long=False)
    assert jobs.run_one(is_long=True)
    assert told == ["0", "1h"]
    with db.transaction() as session:
        assert session.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == "1min"


def _states_over_a_new_connection(own_database: db.Database) -> list[tuple[str, str, int]]:
    with psycopg.connect(own_database.url) as other:
        return other.execute("SELECT kind, state, attempts FROM core.job").fetchall()


def test_a_worker_goes_on_when_the_database_ended_its_connections(own_database: db.Database) -> None:
    rounds: list[int] = []

    def stop() -> bool:
        rounds.append(1)
        if len(rounds) == 4:  # its next claim goes over a connection that was ended
            with psycopg.connect(own_database.url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                other.execute(
                    "INSERT INTO core.job (kind, payload, state, attempts, run_at, created_at)"
                    """ VALUES ('note', '{"n": 3}', 'ready', 0, now(), now())"""
                )
        return len(rounds) > 4 and _states_over_a_new_connection(own_database) == [("note", "done", 0)]

    jobs.work(stop)
    assert rounds


def test_a_worker_goes_on_when_no_connection_of_its_pool_was_free(own_database: db.Database) -> None:
    small = db.connect(db.Database(own_database.url, pool_size=1))
    held = small.engine.connect()
    rounds: list[int] = []

    def stop() -> bool:
        rounds.append(1)
        if len(rounds) == 3:  # it was refused a connection, and gets one now
            held.close()
            with db.transaction() as session:
                jobs.enqueue(session, "note", {"n": 4})
        return len(rounds) > 3 and _states() == [("note", "done", 0)]

    jobs.work(stop)
    assert _states() == [("note", "done", 0)]
    small.dispose()
