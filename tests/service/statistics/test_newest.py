"""The month with which a page begins, the same from the table as from files."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.attribution.service.chain import link_recent
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.settings import Settings
from marketplace.statistics.newest import newest_of_area, newest_of_channels
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.build import build
from tests.support.books import Books

CABINET, HALL, IDLE = (uuid.UUID(int=number) for number in (1, 2, 3))


@pytest.fixture(params=["table", "files"])
def sold(request: pytest.FixtureRequest, session: Session, books: Books, tmp_path: Path) -> Iterator[Session]:
    """A cabinet sold in September and October of 2020, a hall in September."""
    for channel_id, month in ((CABINET, 9), (HALL, 9), (CABINET, 10)):
        at = shanghai(2020, month, 12, 10)
        with frozen_at(at):
            books.sell(books.line(channel_id=channel_id, sold_at=at, counted_at=at))
    if request.param == "table":
        yield session
        return
    engine.install(Settings(data_dir=tmp_path, segments_small_rows=0))
    segments = engine.installed()
    assert segments is not None
    link_recent(session)
    assert build(session, segments) == 3
    yield session
    engine.use(None)


@pytest.mark.parametrize(
    ("channels", "month"),
    [
        ([CABINET], "2020-10"),
        ([HALL], "2020-09"),
        ([HALL, CABINET], "2020-10"),
        ([IDLE], "2021-01"),
        ([], "2021-01"),
    ],
)
def test_it_is_the_newest_in_which_they_sold_or_else_the_present_one(
    sold: Session, channels: list[uuid.UUID], month: str
) -> None:
    with frozen_at(shanghai(2021, 1, 5, 9)):
        assert newest_of_channels(sold, channels) == month


def test_what_lies_ahead_of_today_is_not_begun_with(sold: Session) -> None:
    with frozen_at(shanghai(2020, 9, 30, 9)):
        assert newest_of_channels(sold, [CABINET]) == "2020-09"


def test_an_area_that_never_sold_begins_with_the_present_month(sold: Session) -> None:
    with frozen_at(shanghai(2021, 1, 5, 9)):
        assert newest_of_area(sold, "650000", ("000000",)) == "2021-01"
        assert newest_of_area(sold, "000000", ("000000",)) == "2020-10"
        assert newest_of_area(sold, "000000", ("650000",)) == "2021-01"
