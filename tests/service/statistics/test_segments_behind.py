"""While files lag far behind the ledger, its table answers: the same figures, without sending the lag row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.attribution.service.chain import link_recent
from marketplace.core.settings import Settings
from marketplace.statistics.query import Question, ask
from marketplace.statistics.segments import care, engine
from marketplace.statistics.segments.books import SegmentBooks, TableBooks, books_of
from marketplace.statistics.segments.build import LAYOUT, build, live
from marketplace.statistics.segments.engine import Segments
from tests.support.books import Books

QUESTION = Question(measures=("sales", "lines"), by=("period",), on=date(2020, 9, 30))
TAIL = 5


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Segments]:
    engine.install(Settings(data_dir=tmp_path, segments_tail_rows=TAIL, segments_small_rows=0))
    found = engine.installed()
    assert found is not None
    assert found.tail_rows == TAIL
    yield found
    engine.use(None)


def sell(books: Books, count: int) -> None:
    for _ in range(count):
        books.sell(books.line(100, 1))


def answered_by(session: Session, lines: int) -> type:
    """Who answers; the figures are those of `lines` lines of one yuan."""
    assert ask(session, QUESTION).total == {"sales": 100 * lines, "lines": lines}
    with books_of(session, QUESTION) as found:
        return type(found)


def test_up_to_the_limit_files_and_tail_answer_and_beyond_it_the_table_until_files_have_caught_up(
    session: Session, books: Books, segments: Segments
) -> None:
    sell(books, 2)
    link_recent(session)
    build(session, segments)
    sell(books, TAIL)
    link_recent(session)
    assert answered_by(session, 7) is SegmentBooks
    sell(books, 1)
    assert answered_by(session, 8) is TableBooks  # five linked and one that is not
    link_recent(session)
    assert answered_by(session, 8) is TableBooks
    build(session, segments, most=2)
    assert answered_by(session, 8) is SegmentBooks


def test_entries_without_a_position_are_counted_and_not_guessed_from_their_numbers(
    session: Session, books: Books, segments: Segments
) -> None:
    sell(books, 20)
    link_recent(session)
    build(session, segments)
    sell(books, TAIL)  # 25 numbers after what is settled, 5 of them in no file
    assert answered_by(session, 25) is SegmentBooks
    sell(books, 1)
    assert answered_by(session, 26) is TableBooks


def test_lost_files_with_more_than_the_limit_are_answered_from_the_table_until_they_are_made_again(
    session: Session, books: Books, segments: Segments
) -> None:
    for count in (TAIL, TAIL + 1):
        sell(books, count)
        link_recent(session)
        build(session, segments)
    small, large = live(session)
    Path(segments.store.path(small.name)).unlink()
    assert answered_by(session, 11) is SegmentBooks
    Path(segments.store.path(large.name)).unlink()
    assert answered_by(session, 11) is TableBooks
    assert care.mend() == 2
    assert answered_by(session, 11) is SegmentBooks


def test_a_new_layout_is_answered_from_the_table_until_files_of_it_are_built(
    session: Session, books: Books, segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(books, 8)
    link_recent(session)
    build(session, segments)
    monkeypatch.setattr("marketplace.statistics.segments.build.LAYOUT", LAYOUT + 1)
    monkeypatch.setattr("marketplace.statistics.segments.making.LAYOUT", LAYOUT + 1)
    assert answered_by(session, 8) is TableBooks
    build(session, segments, most=2)
    assert answered_by(session, 8) is TableBooks
    build(session, segments, most=2)
    assert answered_by(session, 8) is SegmentBooks


def test_the_limit_is_large_enough_for_what_comes_in_while_a_file_is_built() -> None:
    assert Settings().segments_tail_rows == 200_000 > 10 * care.WAITING


def test_few_entries_are_answered_from_the_table_and_one_more_than_few_from_files(
    session: Session, books: Books, segments: Segments
) -> None:
    sell(books, 6)
    link_recent(session)
    build(session, segments)
    engine.use(replace(segments, small_rows=6))
    assert answered_by(session, 6) is TableBooks
    sell(books, 1)
    link_recent(session)  # in the tail: beside the files all the same
    assert answered_by(session, 7) is SegmentBooks
