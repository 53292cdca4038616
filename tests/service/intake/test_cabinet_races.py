"""Several at one cabinet at once, on connections of their own: restockers, counters, batches, orders, workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Listing, StockItem
from marketplace.catalogue.service import stock
from marketplace.catalogue.service.stock import Units
from marketplace.core import db, jobs
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.intake.cabinets.models import CabinetTask
from marketplace.intake.cabinets.service import making, promises, tasks
from marketplace.intake.cabinets.service.acting import Brought
from marketplace.intake.cabinets.service.tasks import Done
from tests.catalogue_world import NOON, World, differences, line_ids
from tests.support.reporting_device import Cabinet, open_cabinet
from tests.support.stocked_cabinet import balance, bring, count, findings, keep_stock, sold
from tests.support.threads import race

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def standing(own_database: db.Database) -> Cabinet:
    """Two boxes in a slot whose par level is three; the product is listed at the counter."""
    with frozen_at(NOON), db.transaction() as session:
        cabinet = open_cabinet(session)
        World(session).listing(cabinet.channel, World(session).offer(cabinet.product))
        keep_stock(cabinet)
        bring(cabinet, 2)
        making.make_tasks(session, cabinet.channel)
        session.flush()
        session.expunge_all()
    return cabinet


def look(cabinet: Cabinet, what: Callable[[Cabinet], object]) -> object:
    with db.transaction() as session:
        return what(replace(cabinet, session=session))


def test_of_two_restockers_who_finish_one_task_one_does(standing: Cabinet) -> None:
    with db.transaction() as session:
        number = session.scalars(select(CabinetTask.number)).one()
    done = Done(lines=[Brought(slot="A1", units=8)])
    found = race(lambda session, _: tasks.complete(session, system_actor(), number, done), 8, LATER)
    assert found == {"done": 1, "task_over": 7}
    assert look(standing, balance) == 10_000


def test_many_who_restock_at_once_bring_all_that_they_bring(standing: Cabinet) -> None:
    found = race(lambda session, _: bring(replace(standing, session=session), 1), 8, LATER)
    assert found == {"done": 8}
    assert look(standing, balance) == 10_000


def test_a_count_in_the_middle_of_a_batch_lies_before_or_after_it_and_the_end_is_the_same(
    standing: Cabinet,
) -> None:
    rows = [sold(standing, f"A{number}", NOON + timedelta(minutes=number + 1)) for number in range(10)]
    with frozen_at(LATER), db.transaction() as session:
        for number in range(4):
            replace(standing, session=session).send(rows[number], sequence=number + 1)

    def work(session: Session, number: int) -> None:
        if number < 4:
            jobs.run_ready()
        else:
            count(replace(standing, session=session), {"A1": 1}, at=LATER - timedelta(minutes=number))

    assert race(work, 8, LATER) == {"done": 8}
    # Two were there and four were sold before the counts, so two too many; the last count says that one is there.
    assert look(standing, balance) == 1_000
    assert look(standing, findings) == [("oversold", 0, 2_000)]


def test_two_workers_make_one_task_and_a_batch_goes_on_beside_them(standing: Cabinet) -> None:
    with frozen_at(LATER), db.transaction() as session:
        replace(standing, session=session).send(sold(standing, "A1", NOON + timedelta(minutes=1)), sequence=1)

    def work(session: Session, number: int) -> None:
        if number == 0:
            jobs.run_ready()
        else:
            making.make_tasks(session, session.merge(standing.channel, load=False))

    assert race(work, 6, LATER) == {"done": 6}
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(CabinetTask)) == 1
    assert look(standing, balance) == 1_000


def test_orders_never_take_more_than_is_certain_while_sales_come_in(standing: Cabinet) -> None:
    with frozen_at(LATER), db.transaction() as session:
        bring(replace(standing, session=session), 6, at=NOON)
        item_id = session.scalars(select(Listing.stock_item_id)).one()
        for number in range(4):
            row = sold(standing, f"A{number}", NOON + timedelta(minutes=number + 1))
            replace(standing, session=session).send(row, sequence=number + 1)

    def work(session: Session, number: int) -> None:
        if number < 4:
            jobs.run_ready()
        else:
            stock.reserve(session, [Units(item_id, 1, line_ids(1)[0])], LATER, None)

    race(work, 12, LATER)
    with frozen_at(LATER), db.transaction() as session:
        own = replace(standing, session=session)
        promises.keep_promises(session, session.merge(standing.channel, load=False))
        item = session.get_one(StockItem, item_id)
        assert balance(own) == 4_000
        assert item.reserved <= item.on_hand <= max(item.reserved, 4)
        assert differences(session) == []
        over = findings(own)
    assert over == ([("over_promised", 3_000, item.reserved * 1_000)] if item.reserved > 3 else [])
