"""Workers and rebuilds killed while edits go on: in the end the index says what the rows say."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.catalogue.service import prices
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import Engine, Versioned
from search.models import Change
from search.sync import indexing
from search.sync.drift import Drift, verify
from search.sync.rebuild import RebuildRunning, rebuild
from tests.support import searching
from tests.support.searching import Goods, ask, noted, sync_all
from tests.support.shelves import Edits, engines_of, on_sale, stock_the_shelves, when_leases_are_over

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]
KILLS = 10
NOTHING = Drift((), (), ())
SYSTEM = system_actor()


class Slow(PostgresqlEngine):
    """Holds every batch for a while before and after it is written, and says when it has one."""

    def __init__(self, has_one: Any, seconds: float = 0.05) -> None:
        self.has_one = has_one
        self.seconds = seconds

    def write(self, documents: Sequence[Versioned]) -> Sequence[int]:
        self.has_one.set()
        time.sleep(self.seconds)
        refused = super().write(documents)
        time.sleep(self.seconds)
        return refused


def work_alone(url: str, has_one: Any) -> None:
    """The body of a worker's process: it syncs small batches for ever, leaving without the parent's clean-up."""
    db.connect(db.Database(url, pool_size=2))
    while True:
        indexing.sync_batch(Slow(has_one), limit=20)


def rebuild_alone(url: str, has_one: Any) -> None:
    """The body of a process that rebuilds, and takes its time."""
    db.connect(db.Database(url, pool_size=2))
    rebuild(Slow(has_one, seconds=60))


def test_a_rebuild_that_is_killed_leaves_no_lock(own_database: db.Database) -> None:
    forked = multiprocessing.get_context("fork")
    with engines_of() as engine:
        stock_the_shelves()
        has_one = forked.Event()
        first = forked.Process(target=rebuild_alone, args=(own_database.url, has_one))
        first.start()
        assert has_one.wait(60)
        with pytest.raises(RebuildRunning):
            rebuild(engine)
        os.kill(int(first.pid or 0), signal.SIGKILL)
        first.join()
        end = time.monotonic() + 30
        while (built := built_now(engine)) is None:  # the server sees that the connection is gone
            assert time.monotonic() < end
        assert built == on_sale()
        sync_all()
        assert verify(engine) == NOTHING


def built_now(engine: Engine) -> int | None:
    try:
        return rebuild(engine)
    except RebuildRunning:
        return None


def test_a_worker_killed_in_mid_sync_ten_times_leaves_no_drift(own_database: db.Database) -> None:
    dice = random.Random(20201017)
    forked = multiprocessing.get_context("fork")
    with engines_of() as engine:
        goods = stock_the_shelves()
        sync_all()
        with Edits(goods) as edits:
            for _ in range(KILLS):
                edits.reach(10)
                has_one = forked.Event()
                worker = forked.Process(target=work_alone, args=(own_database.url, has_one))
                worker.start()
                assert has_one.wait(60)
                time.sleep(0.12 * dice.random())
                os.kill(int(worker.pid or 0), signal.SIGKILL)
                worker.join()
                assert worker.exitcode == -signal.SIGKILL
            assert edits.made >= 10 * KILLS
    with transaction() as session:
        in_hand = session.scalar(select(func.count()).select_from(Change).where(Change.attempts > 0)) or 0
    assert in_hand > KILLS // 2  # most died with rows in hand
    when_leases_are_over()
    assert noted() == []
    assert verify(engine) == NOTHING
    assert ask("绿茶", size=100).total == on_sale()


def test_two_workers_at_once_and_edits_between_leave_no_drift(own_database: db.Database) -> None:
    with engines_of() as engine:
        goods = stock_the_shelves()
        ended = threading.Event()
        done: list[int] = []
        failed: list[BaseException] = []

        def work() -> None:
            try:
                while not ended.is_set():
                    done.append(indexing.sync_batch(engine, limit=7))
            except BaseException as error:  # noqa: BLE001 - told to the test
                failed.append(error)

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        with Edits(goods) as edits:
            edits.reach(150)
        ended.set()
        for worker in workers:
            worker.join()
        sync_all()
        assert failed == []
        assert sum(done) > 0
        assert noted() == []
        assert verify(engine) == NOTHING


def test_a_change_that_commits_while_its_batch_is_in_flight_is_not_lost(
    own_database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engines_of() as engine:
        goods = stock_the_shelves()[0]
        write = engine.write
        edits: list[int] = []

        def edited_meanwhile(documents: Any) -> Any:
            if not edits:
                edits.append(1)
                edit = threading.Thread(target=change_price, args=(goods,))
                edit.start()
                edit.join()
            return write(documents)

        monkeypatch.setattr(engine, "write", edited_meanwhile)
        assert indexing.sync_batch(engine) > 0
        assert noted() == [goods.product_id]
        assert indexing.sync_batch(engine) == 1
        assert verify(engine) == NOTHING
        [item] = ask("绿茶00号", size=1).items
        assert item["listing"]["price_fen"] == 7_777


def change_price(goods: Goods) -> None:
    with transaction() as session:
        prices.set_price(session, SYSTEM, searching.listing(session, goods), 7_777, None)


def test_a_rebuild_with_edits_and_a_worker_beside_it_loses_none(own_database: db.Database) -> None:
    with engines_of() as engine:
        goods = stock_the_shelves()
        sync_all()
        with Edits(goods) as edits:
            edits.reach(20)
            rebuild(engine)
            indexing.sync()  # one round: with edits going on there is always something noted
            rebuild(engine)
            edits.reach(20)
        sync_all()
        assert verify(engine) == NOTHING
