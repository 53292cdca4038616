"""The ledger in columns: the same answers as the table gives, whatever is in files, in the tail, or lost."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.settings import Settings
from marketplace.statistics.dimensions import DIMENSIONS
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.query import Answer, Question, ask
from marketplace.statistics.segments import care, engine
from marketplace.statistics.segments.books import SegmentBooks, TableBooks, books_of
from marketplace.statistics.segments.build import build, live, merge, watermark
from marketplace.statistics.segments.engine import Segments
from marketplace.statistics.segments.models import Segment
from tests.support.books import Books
from tests.support.county import World

ALL = (*(one.code for one in MEASURES if one.expression is not None), "aid_share")
PLAIN = [one for one in DIMENSIONS if not one.of_households]


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Segments]:
    engine.install(Settings(data_dir=tmp_path, segments_small_rows=0))
    found = engine.installed()
    assert found is not None
    yield found
    engine.use(None)


def sales(books: Books) -> None:
    """Lines that differ in everything a dimension can tell apart, two of them partly refunded, one in October."""
    lines = [
        books.line(9_800, 2, buyer_id=uuid.UUID(int=1), buyer_kind="enterprise", buyer_area="440300"),
        books.line(
            1_001, 3, goods_class="ordinary", schemes=(), scheme=None, levy_bp=125, channel_kind="zone"
        ),
        books.line(
            777, 1, goods_class="area_produce", schemes=(), scheme=None, purchase_kind="brokered_sale"
        ),
        books.line(5_555, 1, schemes=("national_2020", "provincial"), scheme="national_2020", weight_g=None),
        books.line(3_333, 1, reserve_year=2020, fund_source="union", budget_unit_id=uuid.UUID(int=2)),
    ]
    for line in lines:
        books.sell(line)
    books.take_back(lines[0], 4_900, 1, shanghai(2020, 9, 14, 9))
    with frozen_at(shanghai(2020, 10, 8, 9)):
        books.take_back(lines[2], 777, 1, shanghai(2020, 10, 8, 9))


def both(session: Session, question: Question) -> tuple[Answer, Answer]:
    """The answer of the segments and that of the table."""
    with books_of(session, question) as asked:
        assert isinstance(asked, SegmentBooks)
    columns = ask(session, question)
    kept = engine.installed()
    engine.use(None)
    try:
        with books_of(session, question) as asked:
            assert isinstance(asked, TableBooks)
        return columns, ask(session, question)
    finally:
        engine.use(kept)


def test_every_measure_by_every_dimension_is_the_same_from_files_tail_and_table(
    session: Session, world: World, books: Books, segments: Segments
) -> None:
    whole = [Coverage(world.product.id, 6_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(3)], products=whole))
    sales(books)
    link_recent(session)
    assert build(session, segments) > 0
    sales(books)
    link_recent(session)
    sales(books)
    for one in PLAIN:
        for level in ("city", "village") if one.is_area else ("city",):
            question = Question(measures=ALL, by=(one.code,), level=level, on=date(2020, 9, 30))
            columns, table = both(session, question)
            assert columns.rows, one.code
            assert columns == table, one.code
    question = Question(
        measures=("households_covered", "persons_covered"), by=("origin",), on=date(2020, 9, 30)
    )
    columns, table = both(session, question)
    assert columns == table
    assert columns.total["households_covered"] == 3


def test_filters_months_areas_and_views_ask_the_files_what_they_ask_the_table(
    session: Session, books: Books, segments: Segments
) -> None:
    sales(books)
    link_recent(session)
    build(session, segments)
    plain = Question(measures=ALL, by=("channel_kind", "goods_class", "buyer_area"))
    for question in (
        replace(plain, from_period="2020-10", to_period="2020-10"),
        replace(plain, area="441481", areas=("441400",)),
        replace(plain, area="440300", view="buyer"),
        replace(plain, without=("440300",), view="buyer", area="440000"),
        replace(plain, areas=()),
        replace(plain, filters={"buyer": str(uuid.UUID(int=1))}),
        replace(plain, filters={"fund_source": "union", "reserve_year": "2020"}),
        replace(plain, filters={"channel_kind": "'; DROP TABLE entry; --"}),
    ):
        columns, table = both(session, question)
        assert columns == table


def test_an_entry_without_a_position_counts_at_once(
    session: Session, books: Books, segments: Segments
) -> None:
    books.sell(books.line(100))
    link_recent(session)
    build(session, segments)
    books.sell(books.line(11))
    assert ask(session, Question(measures=("sales",))).total == {"sales": 111}
    link_recent(session)
    assert ask(session, Question(measures=("sales",))).total == {"sales": 111}


def test_a_damaged_or_lost_file_is_read_from_the_ledger_and_made_again(
    session: Session, books: Books, segments: Segments
) -> None:
    sales(books)
    link_recent(session)
    build(session, segments)
    before = ask(session, Question(measures=ALL, by=("period",)))
    first, second = live(session)
    Path(segments.store.path(first.name)).unlink()
    damaged = bytearray(Path(segments.store.path(second.name)).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    Path(segments.store.path(second.name)).write_bytes(damaged)
    assert ask(session, Question(measures=ALL, by=("period",))) == before
    assert [found.is_sound for found in care.verify(session, segments)] == [False, False]
    assert care.mend() == 2
    assert [found.is_sound for found in care.verify(session, segments)] == [True, True]
    assert {one.name for one in live(session)}.isdisjoint({first.name, second.name})
    assert ask(session, Question(measures=ALL, by=("period",))) == before


def test_the_files_of_a_closed_month_become_one(
    session: Session, world: World, books: Books, segments: Segments
) -> None:
    for _ in range(3):
        books.sell(books.line(100))
        link_recent(session)
        build(session, segments)
    assert len(live(session)) == 3
    assert care.keep_up() == 0
    assert len(live(session)) == 3
    with frozen_at(shanghai(2020, 10, 6, 9)):
        close_period(session, world.officer, "2020-09")
        session.flush()
        care.keep_up()
    one = session.scalars(select(Segment).where(Segment.retired_at.is_(None))).one()
    assert (one.entries, one.sale_fen, one.after_position, one.to_position) == (3, 300, 0, 3)
    assert ask(session, Question(measures=("sales", "lines"))).total == {"sales": 300, "lines": 3}
    names = [row.name for row in session.scalars(select(Segment))]
    assert len(names) == 4
    with frozen_at(shanghai(2020, 10, 6, 11)):
        assert care.sweep(session, segments) == 3
    assert [row.name for row in session.scalars(select(Segment))] == [one.name]


def test_what_a_crash_left_is_swept_and_what_is_being_made_is_not(
    session: Session, books: Books, segments: Segments
) -> None:
    books.sell(books.line(100))
    link_recent(session)
    build(session, segments)
    stray = Path(segments.store.path("2020-09-000000000009-stray.parquet"))
    stray.write_bytes(b"half a file")
    assert care.sweep(session, segments) == 0
    with frozen_at(shanghai(2100, 1, 1, 0)):
        assert care.sweep(session, segments) == 1
    assert not stray.exists()
    assert ask(session, Question(measures=("sales",))).total == {"sales": 100}


def test_files_of_another_layout_are_not_read_and_are_built_anew(
    session: Session, books: Books, segments: Segments
) -> None:
    books.sell(books.line(100))
    link_recent(session)
    build(session, segments)
    session.execute(text("UPDATE statistics.segment SET layout = 0"))
    session.execute(text("UPDATE statistics.watermark SET layout = 0"))
    session.expire_all()
    assert watermark(session) == 0
    assert ask(session, Question(measures=("sales",))).total == {"sales": 100}
    assert build(session, segments) == 1
    assert ask(session, Question(measures=("sales",))).total == {"sales": 100}


def test_a_merge_keeps_every_entry_once(session: Session, books: Books, segments: Segments) -> None:
    for fen in (100, 20, 3):
        books.sell(books.line(fen))
        link_recent(session)
        build(session, segments)
    merge(session, segments, live(session)[:2])
    assert [(s.entries, s.sale_fen) for s in live(session)] == [(2, 120), (1, 3)]
    assert ask(session, Question(measures=("sales", "lines"))).total == {"sales": 123, "lines": 3}


@pytest.mark.parametrize(
    ("filters", "fen"),
    [
        ({"subtree": "17"}, 40),
        ({"subtree": "3,31"}, 47),
        ({"subtree": "1"}, 0),
        ({"category": "01"}, 40),
        ({"category": "0103,02"}, 47),
        ({"pairing": "4401-4414"}, 47),
        ({"channel_kind": "counter,zone"}, 47),
        ({"origin": "441403,450000"}, 47),
        ({"half_year": "2020H2"}, 47),
        ({"quarter": "2020Q3,2020Q4"}, 47),
    ],
)
def test_filters_of_several_values_mean_the_same_in_the_columns(
    session: Session, segments: Segments, books: Books, filters: dict[str, str], fen: int
) -> None:
    books.sell(books.line(40, 1, buyer_path="3.17.40", category_code="010304"))
    books.sell(books.line(7, 1, buyer_path="31.117", category_code="020101"))
    question = Question(measures=("sales",), by=("category.1", "origin.county", "subtree"), filters=filters)
    plain = ask(session, question)
    link_recent(session)
    build(session, segments)
    with books_of(session, question) as found:
        assert isinstance(found, SegmentBooks)
    assert ask(session, question) == replace(plain, position=2)
    assert plain.total == {"sales": fen}


def test_files_in_an_object_store_are_read_as_those_of_a_folder(session: Session, books: Books) -> None:
    engine.install(Settings(segments_url="memory://sanzhuan-segments", segments_small_rows=0))
    segments = engine.installed()
    assert segments is not None
    try:
        sales(books)
        link_recent(session)
        build(session, segments)
        sales(books)
        columns, table = both(session, Question(measures=ALL, by=("period", "channel_kind")))
        assert columns == table
        first, _ = live(session)
        segments.store.remove([first.name])
        assert ask(session, Question(measures=ALL, by=("period", "channel_kind"))) == table
        assert care.mend() == 1
        assert all(found.is_sound for found in care.verify(session, segments))
    finally:
        engine.use(None)


def test_what_does_not_fit_into_memory_goes_to_the_temporary_folder_and_not_into_the_working_one(
    segments: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine.use(replace(segments, memory_mb=60))
    small = engine.installed()
    assert small is not None
    with engine.cursor(small) as cursor:
        counted = cursor.execute(
            "SELECT count(*) FROM (SELECT range AS n, md5(range::VARCHAR) AS text FROM range(1500000) ORDER BY text)"
        ).fetchone()
        place = cursor.execute("SELECT current_setting('temp_directory')").fetchone()
    assert counted == (1_500_000,)
    assert place is not None
    assert Path(place[0]).parent == Path(tempfile.gettempdir())
    assert list(tmp_path.iterdir()) == []
