"""Many questions at once over the same files, each in a thread of its own as in a web process: none sees another's months."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from marketplace.attribution.service.chain import link_recent
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.settings import Settings
from marketplace.statistics.query import Question, ask
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.build import build, live, merge, remake
from tests.support.books import Books
from tests.support.county import make_world
from tests.support.threads import in_threads

MONTHS = {"2020-06": 60_000, "2020-07": 7_000, "2020-08": 800, "2020-09": 9}


def test_eight_threads_that_ask_of_different_months_get_their_own_figures(
    own_database: db.Database, tmp_path: Path
) -> None:
    engine.install(Settings(segments_url=str(tmp_path), segments_small_rows=0))
    segments = engine.installed()
    assert segments is not None
    try:
        with db.transaction() as session:
            books = Books(session, make_world(session))
            for month, fen in MONTHS.items():
                at = shanghai(2020, int(month[-2:]), 12, 10)
                with frozen_at(at):
                    books.sell(books.line(fen, sold_at=at, counted_at=at))
        with db.transaction() as session:
            link_recent(session)
        with db.transaction() as session:
            assert build(session, segments) == len(MONTHS)

        seen: list[tuple[str, int | None]] = []

        def work(number: int) -> None:
            for turn in range(12):
                month = sorted(MONTHS)[(number + turn) % len(MONTHS)]
                with db.transaction(snapshot=True) as session:
                    question = Question(measures=("sales",), from_period=month, to_period=month)
                    seen.append((month, ask(session, question).total["sales"]))

        in_threads(*(partial(work, number) for number in range(8)))
        assert len(seen) == 8 * 12
        assert [fen for _, fen in seen] == [MONTHS[month] for month, _ in seen]
    finally:
        engine.use(None)


def test_what_another_worker_has_merged_or_made_again_meanwhile_is_not_done_twice(
    own_database: db.Database, tmp_path: Path
) -> None:
    engine.install(Settings(segments_url=str(tmp_path), segments_small_rows=0))
    segments = engine.installed()
    assert segments is not None
    try:
        with frozen_at(shanghai(2020, 9, 15, 10)), db.transaction() as session:
            world = make_world(session)
        for fen in (100, 20):
            with frozen_at(shanghai(2020, 9, 15, 10)), db.transaction() as session:
                books = Books(session, world)
                books.sell(books.line(fen))
            with db.transaction() as session:
                link_recent(session)
            with db.transaction() as session:
                build(session, segments)
        with db.transaction() as slow:
            seen = live(slow)
            with db.transaction() as session:
                assert merge(session, segments, live(session))
            assert not merge(slow, segments, seen)
        with db.transaction() as slow:
            (seen_lost,) = live(slow)
            with db.transaction() as session:
                assert remake(session, segments, live(session)[0])
            assert not remake(slow, segments, seen_lost)
        with db.transaction(snapshot=True) as session:
            assert [(one.entries, one.sale_fen) for one in live(session)] == [(2, 120)]
            assert ask(session, Question(measures=("sales", "lines"))).total == {"sales": 120, "lines": 2}
    finally:
        engine.use(None)
