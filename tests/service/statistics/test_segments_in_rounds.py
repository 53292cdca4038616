"""A build of several rounds: PostgreSQL sends slices ahead while the rounds before become files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.attribution.service.chain import link_recent
from marketplace.core.settings import Settings
from marketplace.statistics.query import Question, ask
from marketplace.statistics.segments import engine, making
from marketplace.statistics.segments.build import build, live, watermark
from marketplace.statistics.segments.engine import Segments
from tests.support.books import Books

MONEY = Question(measures=("sales", "lines"), by=("goods_class",))


@pytest.fixture
def segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Segments]:
    monkeypatch.setattr(making, "SLICE", 3)
    monkeypatch.setattr(making, "ROUND", 6)
    engine.install(Settings(data_dir=tmp_path, segments_small_rows=0))
    found = engine.installed()
    assert found is not None
    yield found
    engine.use(None)


@pytest.fixture
def sold(session: Session, books: Books) -> int:
    """Twenty sales with a place in the chain; what the table says of them is the truth."""
    for number in range(20):
        books.sell(books.line(100 + number, 1, goods_class=("ordinary", "area_produce")[number % 2]))
    link_recent(session)
    return 20


def test_every_entry_is_in_one_file_whatever_round_and_slice_it_came_in(
    session: Session, segments: Segments, sold: int
) -> None:
    engine.use(None)
    table = ask(session, MONEY).rows
    engine.use(segments)
    assert build(session, segments) == sold
    files = live(session)
    assert [(one.after_position, one.to_position) for one in files] == [(0, 6), (6, 12), (12, 18), (18, 20)]
    assert sum(one.entries for one in files) == sold == watermark(session)
    assert ask(session, MONEY).rows == table


def test_a_build_that_breaks_off_in_a_later_round_ends_and_names_no_file(
    session: Session, segments: Segments, sold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[int] = []
    copy_entries = making.copy_entries

    def breaking(*arguments: object) -> int:
        copied.append(1)
        if len(copied) == 4:
            raise OSError("no space left on device")
        return copy_entries(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "copy_entries", breaking)
    with pytest.raises(OSError, match="no space"):
        build(session, segments)
    assert (live(session), watermark(session)) == ([], 0)
    monkeypatch.setattr(making, "copy_entries", copy_entries)
    assert build(session, segments) == sold
