"""Two writers at once while a third thread links, builds and merges: no question ever sees half of anything."""

from __future__ import annotations

import copy
import random
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from marketplace.attribution.models import Entry
from marketplace.attribution.service.chain import link_recent
from marketplace.catalogue.rules.areas import is_assisted
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.settings import Settings
from marketplace.statistics.query import Question, ask
from marketplace.statistics.segments import care, engine
from marketplace.statistics.segments.build import live, watermark
from tests.faults.test_oracle import SUMS, said
from tests.support.books import Books
from tests.support.chronicle import Chronicle
from tests.support.oracle import figures as plain
from tests.support.oracle.figures import Asked
from tests.support.oracle.ledger import Ledger
from tests.support.threads import in_threads

pytestmark = pytest.mark.fault  # minutes long: not among the tests that are run at every change

STEPS = 60
BY = ("period", "product", "channel_kind")


class Writer:
    """Sells and takes back in transactions of its own, and remembers its own lines in its own plain books."""

    def __init__(self, chronicle: Chronicle, number: int) -> None:
        self.chronicle = copy.copy(chronicle)
        self.ledger = self.chronicle.ledger = Ledger(is_assisted, versions=chronicle.ledger.versions)
        self.chronicle.now = chronicle.now + timedelta(days=30 * number)
        self.dice = random.Random(number)

    def work(self) -> None:
        """Sixty transactions, now and then two things in one."""
        for _ in range(STEPS):
            with db.transaction() as session:
                self.chronicle.session = session
                self.chronicle.books = Books(session, self.chronicle.worlds[0])
                for _ in range(self.dice.randrange(1, 3)):
                    name = self.dice.choice(("sell", "sell", "take_back"))
                    self.chronicle.step(name, self.dice.randrange(2**32))


def keep_building(ended: threading.Event, merged: list[int]) -> None:
    """What the worker does, over and over."""
    while not ended.is_set():
        with db.transaction() as session:
            link_recent(session)
        care.build_now()
        merged.append(1)


def keep_asking(ended: threading.Event, seen: list[int]) -> None:
    """Sums by files and tail beside the table's, both of one snapshot."""
    while not ended.is_set():
        with db.transaction(snapshot=True) as session:
            total = ask(session, Question(measures=("sales", "quantity_milli", "lines"))).total
            entry = Entry.__table__.c
            row = session.execute(
                sa.select(
                    sa.func.coalesce(sa.func.sum(entry.sale_fen), 0),
                    sa.func.coalesce(sa.func.sum(entry.quantity_milli), 0),
                    sa.func.count(entry.line_id.distinct()).filter(entry.kind == "sale"),
                )
            ).one()
            assert list(total.values()) == [int(one) for one in row]
            seen.append(row[2])


def test_two_writers_at_once_while_files_are_built_leave_what_plain_python_finds(
    own_database: db.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(care, "SMALL_FILES", 4)
    engine.install(Settings(segments_url=str(tmp_path), segments_small_rows=0))
    segments = engine.installed()
    assert segments is not None
    try:
        with db.transaction() as session:
            chronicle = Chronicle(session, segments)
        writers = [Writer(chronicle, number) for number in range(2)]
        ended = threading.Event()
        built: list[int] = []
        seen: list[int] = []

        def write() -> None:
            try:
                in_threads(*(writer.work for writer in writers))
            finally:
                ended.set()

        in_threads(write, partial(keep_building, ended, built), partial(keep_asking, ended, seen))
        assert built
        assert seen
        assert seen == sorted(seen)

        whole = Ledger(is_assisted, pieces=[piece for one in writers for piece in one.ledger.pieces])
        expected = {cell: plain.sums(found) for cell, found in plain.grouped(whole, Asked(by=BY)).items()}
        for _ in range(2):
            with frozen_at(chronicle.now), db.transaction(snapshot=True) as session:
                assert said(session, Question(SUMS, by=BY)) == expected
                covered = ask(session, Question(("households_covered",))).total["households_covered"]
                assert covered == len(plain.covered(whole.pieces))
            with db.transaction() as session:
                link_recent(session)
            care.build_now()
        with db.transaction() as session:
            assert sum(one.entries for one in live(session)) == len(whole.pieces) == watermark(session)
            assert all(finding.is_sound for finding in care.verify(session, segments))
    finally:
        engine.use(None)
