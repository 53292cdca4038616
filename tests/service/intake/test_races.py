"""Several at once, on connections of their own: the same batch, the same sale in two batches, two people over one row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db, jobs
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.intake.models import Batch, RowOutcome
from marketplace.intake.service import quarantine, reading
from tests.catalogue_world import NOON
from tests.support.reporting_device import Cabinet, keep_by_hand, open_cabinet
from tests.support.threads import race


@pytest.fixture
def standing(own_database: db.Database) -> Cabinet:
    with db.transaction() as session:
        cabinet = open_cabinet(session)
        session.flush()
        session.expunge_all()
    return cabinet


def _race(work: Callable[[Session, int], object]) -> Counter[str]:
    return race(work, 8, NOON)


def _ledger(cabinet: Cabinet) -> dict[str, int]:
    with db.transaction() as session:
        return replace(cabinet, session=session).ledger()


def test_a_batch_that_is_sent_many_times_at_once_is_received_once_and_counts_once(standing: Cabinet) -> None:
    rows = [standing.row(f"A{number}") for number in range(5)]
    sent = _race(lambda session, _: replace(standing, session=session).send(*rows, sequence=1))
    assert sent == {"done": 8}
    _race(lambda *_: jobs.run_ready())
    with db.transaction() as session:
        assert session.execute(select(Batch.state, Batch.accepted)).all() == [("done", 5)]
    assert _ledger(standing) == {"certified_aid": 5 * 4_900}


def test_one_sale_in_many_batches_at_once_counts_once(standing: Cabinet) -> None:
    _race(
        lambda session, number: replace(standing, session=session).send(
            standing.row("A1"), standing.row(f"B{number}"), sequence=number + 1
        )
    )
    _race(lambda *_: jobs.run_ready())
    with db.transaction() as session:
        accepted, duplicate = session.execute(
            select(func.sum(Batch.accepted), func.sum(Batch.duplicate)).where(Batch.state == "done")
        ).one()
    assert (accepted, duplicate) == (9, 7)
    assert _ledger(standing) == {"certified_aid": 9 * 4_900}


def test_of_two_people_who_mend_one_row_at_once_one_does(standing: Cabinet) -> None:
    with frozen_at(NOON), db.transaction() as session:
        batch = replace(standing, session=session).report(standing.row("A1", qty="0"))
        row: RowOutcome = session.scalars(reading.rows_of(batch.id, None, is_open=True)).one()
        row_id = row.id
    found = _race(lambda session, _: quarantine.mend(session, system_actor(), row_id, {"qty": "1"}, "按小票"))
    assert found == {"done": 1, "row_settled": 7}
    assert _ledger(standing) == {"certified_aid": 4_900}


def test_of_two_operators_who_hand_in_the_same_batch_at_once_each_has_a_receipt_and_each_line_counts_once(
    standing: Cabinet,
) -> None:
    rows = [standing.row(f"A{number}") for number in range(20)]
    body = b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
    numbers: list[str] = []

    def hand_in(session: Session, operator: int) -> None:
        manifest, _ = standing.manifest(body, len(rows), 20 * 4_900, sequence=1)
        numbers.append(keep_by_hand(session, system_actor(), manifest, body).number)

    assert race(hand_in, 2, NOON) == {"done": 2}
    assert len(set(numbers)) == 1
    race(lambda *_: jobs.run_ready(), 2, NOON)
    with db.transaction() as session:
        counted = session.execute(select(func.sum(Batch.accepted), func.sum(Batch.duplicate))).one()
    assert tuple(counted) == (20, 0)
    assert _ledger(standing) == {"certified_aid": 20 * 4_900}
