"""Ten reports asked of DuckDB and of a Spark cluster of three processes over the same files: every cell is the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.attribution.service.chain import link_recent
from marketplace.beneficiaries.service import Coverage
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.ids import uuid7
from marketplace.core.settings import Settings
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reports import ReportRequest, report
from marketplace.statistics.segments import engine
from marketplace.statistics.segments.books import SegmentBooks, books_of
from marketplace.statistics.segments.build import build
from marketplace.statistics.segments.cluster import ClusterBooks
from marketplace.statistics.segments.engine import Segments
from tests.support.books import Books
from tests.support.county import World, make_world
from tests.support.spark import cluster

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

FIGURES = (*(one.code for one in MEASURES if one.expression is not None), "aid_share")
HEADS = ("households_covered", "persons_covered")
QUESTIONS = [
    Question(measures=FIGURES),
    Question(measures=FIGURES, by=("period", "channel_kind")),
    Question(measures=FIGURES, by=("origin", "goods_class"), level="village"),
    Question(measures=FIGURES, by=("producer", "quarter", "day")),
    Question(measures=("sales", "orders"), by=("week", "channel_kind")),
    Question(measures=FIGURES, by=("buyer_area",), view="buyer", area="440000"),
    Question(measures=(*FIGURES, *HEADS), by=("origin",), on=date(2020, 9, 30)),
    Question(measures=HEADS, by=("channel_kind", "period"), on=date(2020, 9, 30)),
]
REPORTS = ("R1", "R3", "R5")


@pytest.fixture(scope="module")
def master() -> Iterator[str]:
    with cluster() as url:
        yield url


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    compose()
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield make_world(session)


def sales(books: Books) -> None:
    for number in range(40):
        line = books.line(
            9_800 + number,
            2,
            channel_kind=("counter", "zone", "platform_832")[number % 3],
            goods_class=("certified_aid", "area_produce", "ordinary")[number % 3],
            schemes=("national_2020", "provincial") if number % 3 == 0 else (),
            scheme="national_2020" if number % 3 == 0 else None,
            levy_bp=100 if number % 3 == 2 else 0,
            buyer_area=("440100", "440300")[number % 2],
            reserve_year=2020 if number % 5 == 0 else None,
        )
        books.sell(line)
        at = shanghai(2020, 9, 14, 23)
        if number % 7 == 0:
            books.take_back(line, 4_900, 1, at)
        elif number % 7 == 1:  # told twice, whole: its order is not counted
            books.take_back(line, line.sale_fen, 2, at, reason="duplicate")
        elif number % 7 == 2:  # told twice, one line of two
            books.sell(replace(line, line_id=uuid7(), sale_fen=500))
            books.take_back(line, line.sale_fen, 2, at, reason="duplicate")


def test_ten_reports_are_the_same_cell_by_cell_on_duckdb_and_on_spark(
    master: str, session: Session, world: World, tmp_path: Path
) -> None:
    engine.install(Settings(segments_url=str(tmp_path), segments_small_rows=0))
    alone = engine.installed()
    assert alone is not None
    together: Segments = replace(alone, spark_master=master)
    whole = [Coverage(world.product.id, 6_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(3)], products=whole))
    books = Books(session, world)
    try:
        sales(books)
        link_recent(session)
        build(session, alone)
        sales(books)  # the tail
        for question in QUESTIONS:
            engine.use(alone)
            here = ask(session, question)
            engine.use(together)
            there = ask(session, question)
            assert here.total["households_covered" if question.measures == HEADS else "sales"]
            assert here == there
        engine.use(alone)
        # Of 40 orders of each half six came to nothing; of 46 lines these six, and six beside lines that stand.
        counts = ask(session, Question(measures=("orders", "lines"))).total
        assert counts == {"orders": 2 * (40 - 6), "lines": 2 * (40 - 6)}
        for code in REPORTS:
            request = ReportRequest("2020-09", "440000", ("000000",))
            engine.use(alone)
            here_table = report(code).build(session, request)
            engine.use(together)
            assert report(code).build(session, request) == here_table
        with books_of(session, QUESTIONS[0]) as asked:
            assert isinstance(asked, ClusterBooks)
        engine.use(alone)
        with books_of(session, QUESTIONS[0]) as asked:
            assert isinstance(asked, SegmentBooks)
    finally:
        engine.use(None)
