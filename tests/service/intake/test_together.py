"""Batches of a channel that wait are read by one job, and come to the same as one after the other."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from marketplace.attribution.models import Entry
from marketplace.core import db, held_jobs, jobs
from marketplace.core.clock import frozen_at
from marketplace.core.models import Job
from marketplace.intake.models import Batch, ForeignSale, RowOutcome
from marketplace.intake.service import beside
from marketplace.intake.service.process import process_waiting
from marketplace.intake.service.receive import JOB, job_key
from tests.catalogue_world import NOON
from tests.support.books import ledger_breaks
from tests.support.reporting_device import Cabinet, open_cabinet

_REFUND: dict[str, Any] = {"tradetp": "2", "tradeno": "R1", "paytm": "2020-10-01 11:45:00"}


def _read(cabinet: Cabinet, batch: Batch) -> None:
    process_waiting(cabinet.session, {"batch_id": str(batch.id)})
    cabinet.session.expire_all()


def _states(cabinet: Cabinet) -> list[str]:
    return [one.state for one in cabinet.sent]


def _open_jobs(cabinet: Cabinet) -> set[str]:
    open_jobs = select(Job.key).where(Job.state == "ready", Job.kind == JOB)
    return {key for key in cabinet.session.scalars(open_jobs) if key is not None}


def test_what_waits_beside_a_batch_is_read_with_it_and_its_job_is_done(cabinet: Cabinet) -> None:
    batches = [cabinet.send(cabinet.row(f"A{one}"), cabinet.row(f"B{one}")) for one in range(3)]
    _read(cabinet, batches[0])
    assert [(one.state, one.accepted, one.quarantined) for one in batches] == [("done", 2, 0)] * 3
    assert _open_jobs(cabinet) == {
        job_key(batches[0].id)
    }  # in hand: whoever does the job says that it is done
    assert cabinet.ledger() == {"certified_aid": 6 * 4_900}
    assert ledger_breaks(cabinet.session) == []


def test_the_entries_of_each_batch_name_it_as_their_event(cabinet: Cabinet) -> None:
    batches = [cabinet.send(cabinet.row(f"A{one}"), cabinet.row(f"B{one}")) for one in range(3)]
    _read(cabinet, batches[1])
    rows = cabinet.session.execute(
        select(ForeignSale.batch_id, Entry.event_id, func.count())
        .join(Entry, Entry.line_id == ForeignSale.id)
        .group_by(ForeignSale.batch_id, Entry.event_id)
    ).all()
    assert sorted(tuple(row) for row in rows) == sorted((one.id, one.id, 2) for one in batches)


def test_a_batch_that_speaks_of_an_order_of_one_before_it_has_a_turn_of_its_own(cabinet: Cabinet) -> None:
    first = cabinet.send(cabinet.row("A1"))
    second = cabinet.send(cabinet.row("A1", **_REFUND), cabinet.row("A2"))
    third = cabinet.send(cabinet.row("A3"))
    _read(cabinet, first)
    assert (first.state, second.state, third.state) == ("done", "received", "received")
    assert _open_jobs(cabinet) == {job_key(one.id) for one in (first, second, third)}
    _read(cabinet, second)
    assert (second.state, second.accepted, third.state) == ("done", 2, "done")
    kinds = cabinet.session.execute(select(Entry.kind, Entry.sale_fen).order_by(Entry.entry_no)).all()
    assert [tuple(one) for one in kinds] == [
        ("sale", 4_900),
        ("refund", -4_900),
        ("sale", 4_900),
        ("sale", 4_900),
    ]
    assert ledger_breaks(cabinet.session) == []


def test_a_batch_that_is_not_what_its_manifest_says_keeps_no_other_from_the_books(cabinet: Cabinet) -> None:
    cabinet.send(cabinet.row("A1"))
    cabinet.send(cabinet.row("A2"), total_fen=1)
    cabinet.send(cabinet.row("A3"), cabinet.row("A4", payamt="-1"))
    _read(cabinet, cabinet.sent[0])
    assert _states(cabinet) == ["done", "refused", "done"]
    assert (cabinet.sent[1].refusal, cabinet.sent[2].quarantined) == ("batch_total", 1)
    assert cabinet.outcomes(cabinet.sent[2])[0][:2] == (2, "quarantined")
    assert _open_jobs(cabinet) == {job_key(cabinet.sent[0].id)}
    assert cabinet.ledger() == {"certified_aid": 2 * 4_900}


def test_what_waited_for_a_sale_of_any_of_them_is_looked_at_again(cabinet: Cabinet) -> None:
    early = cabinet.report(cabinet.row("A2", **_REFUND))
    assert cabinet.outcomes(early) == [(1, "quarantined", "sale_unknown")]
    cabinet.send(cabinet.row("A1"))
    cabinet.send(cabinet.row("A2"))
    _read(cabinet, cabinet.sent[1])
    settled = cabinet.session.scalars(select(RowOutcome).where(RowOutcome.batch_id == early.id)).one()
    assert (settled.settled_how, early.accepted, early.quarantined) == ("retried", 1, 0)
    assert cabinet.ledger() == {"certified_aid": 4_900}


@pytest.mark.parametrize("failed", [0, 1])
def test_a_batch_that_failed_before_is_read_alone(cabinet: Cabinet, failed: int) -> None:
    first, second = cabinet.send(cabinet.row("A1")), cabinet.send(cabinet.row("A2"))
    has_failed = update(Job).where(Job.key == job_key((first, second)[failed].id)).values(attempts=1)
    cabinet.session.execute(has_failed)
    _read(cabinet, first)
    assert (first.state, second.state) == ("done", "received")
    _read(cabinet, second)
    assert _states(cabinet) == ["done", "done"]


def test_no_more_rows_are_read_together_than_a_second_takes(
    cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "MOST_ROWS_TOGETHER", 3)
    for one in range(4):
        cabinet.send(cabinet.row(f"A{one}"), cabinet.row(f"B{one}"))
        if one == 0:
            cabinet.send(cabinet.row("C1"))
    _read(cabinet, cabinet.sent[0])
    assert _states(cabinet) == ["done", "done", "received", "received", "received"]


def test_a_batch_that_another_worker_has_in_hand_is_left_to_it(own_database: db.Database) -> None:
    with frozen_at(NOON), db.transaction() as session:
        cabinet = open_cabinet(session)
        ids = [cabinet.send(cabinet.row(f"A{one}")).id for one in range(3)]
    with frozen_at(NOON):
        with db.transaction() as other:
            assert held_jobs.hold(other, [job_key(ids[1])]) == {job_key(ids[1]): 0}
            assert jobs.run_one() is True
            assert _state_of(ids) == {ids[0]: "done", ids[1]: "received", ids[2]: "done"}
        assert jobs.run_ready() == 1
    assert set(_state_of(ids).values()) == {"done"}


def _state_of(ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    with db.transaction() as session:
        return dict(session.execute(select(Batch.id, Batch.state).where(Batch.id.in_(ids))).all())


def test_what_the_database_refuses_keeps_those_beside_it_out_only_until_they_have_a_turn_of_their_own(
    own_database: db.Database,
) -> None:
    """A sale that is there already, unknown to the reports: the key of the table decides, not what was read before."""
    with frozen_at(NOON), db.transaction() as session:
        cabinet = open_cabinet(session)
        cabinet.report(cabinet.row("A1"))
        session.execute(update(ForeignSale).values(order_ref="A3"))
        ids = [cabinet.send(cabinet.row("A2")).id, cabinet.send(cabinet.row("A3")).id]
    with frozen_at(NOON):
        jobs.run_ready()
    assert set(_state_of(ids).values()) == {"received"}
    assert _entries() == 1
    with frozen_at(NOON + timedelta(minutes=1)):
        jobs.run_ready()
    assert _state_of(ids) == {ids[0]: "done", ids[1]: "received"}
    assert _entries() == 2
    with db.transaction() as session:
        failed = session.execute(select(Job.attempts, Job.last_error).where(Job.key == job_key(ids[1]))).one()
    assert tuple(failed) == (2, "UniqueViolation")


def _entries() -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(Entry)) or 0
