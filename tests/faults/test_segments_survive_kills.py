"""The worker is killed at twenty moments of linking, building, merging, mending, sales going on: nothing is lost or doubled."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from marketplace.app import compose
from marketplace.attribution.models import Entry, Link
from marketplace.attribution.service.chain import link_recent
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.settings import Settings
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.query import Answer, Question, ask
from marketplace.statistics.segments import care, engine
from marketplace.statistics.segments.build import build, live, merge
from tests.support.books import Books
from tests.support.county import World, make_world

pytestmark = pytest.mark.fault

KILLS = 20
QUESTION = Question(
    measures=tuple(one.code for one in MEASURES if one.expression is not None), by=("period", "channel_kind")
)


def work(url: str, folder: str) -> None:
    """A worker that never rests: links, builds, merges all there is, mends."""
    db.connect(db.Database(url, pool_size=2))
    engine.install(Settings(segments_url=folder, segments_small_rows=0))
    segments = engine.installed()
    assert segments is not None
    while True:
        with frozen_at(shanghai(2020, 9, 16)), db.transaction() as session:
            link_recent(session)
        with db.transaction() as session:
            build(session, segments, most=40)
        with db.transaction() as session:
            found = live(session)
            if len(found) > 3:
                merge(session, segments, found)
        care.mend()


def sell(world: World, stop: threading.Event, sold: list[int]) -> None:
    """Sales one after the other, each committed before it is noted."""
    with frozen_at(shanghai(2020, 9, 15)):
        while not stop.is_set():
            fen = 1_000 + len(sold)
            with db.transaction() as session:
                books = Books(session, world)
                books.sell(books.line(fen, channel_kind=("counter", "zone")[len(sold) % 2]))
            sold.append(fen)


def answers() -> tuple[Answer, Answer]:
    """What segments and table say at one moment."""
    kept = engine.installed()
    with db.transaction(snapshot=True) as session:
        columns = ask(session, QUESTION)
        engine.use(None)
        table = ask(session, QUESTION)
    engine.use(kept)
    return columns, table


def test_a_killed_worker_loses_no_entry_and_doubles_none(own_database: db.Database, tmp_path: Path) -> None:
    compose()
    engine.install(Settings(segments_url=str(tmp_path), segments_small_rows=0))
    segments = engine.installed()
    assert segments is not None
    with frozen_at(shanghai(2020, 9, 15)), db.transaction() as session:
        world = make_world(session)
    stop, sold, dice = threading.Event(), list[int](), random.Random(20200930)
    seller = threading.Thread(target=sell, args=(world, stop, sold))
    seller.start()
    try:
        for _ in range(KILLS):
            worker = multiprocessing.get_context("spawn").Process(
                target=work, args=(own_database.url, str(tmp_path))
            )
            worker.start()
            position = _position()
            while _position() == position and worker.is_alive():
                time.sleep(0.01)
            time.sleep(0.6 * dice.random())
            os.kill(int(worker.pid or 0), signal.SIGKILL)
            worker.join()
            columns, table = answers()
            assert columns == table
    finally:
        stop.set()
        seller.join()
    with frozen_at(shanghai(2020, 9, 16)), db.transaction() as session:
        while link_recent(session):
            pass
    with db.transaction() as session:
        while build(session, segments):
            pass
    care.mend()
    with db.transaction(snapshot=True) as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == len(sold)
        assert session.scalar(select(func.max(Link.position))) == len(sold)
        found = care.verify(session, segments)
    assert [(one.period, one.entries, one.sale_fen, one.is_sound) for one in found] == [
        ("2020-09", len(sold), sum(sold), True)
    ]
    columns, table = answers()
    assert columns == table
    assert columns.total["sales"] == sum(sold)
    engine.use(None)


def _position() -> int:
    with db.transaction() as session:
        return session.scalar(select(func.max(Link.position))) or 0
