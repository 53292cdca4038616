"""Random histories, asked of segments and tail, beside sums in plain Python over the lines that were sold and taken back."""

from __future__ import annotations

import itertools
import tempfile
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.core.ids import uuid7
from marketplace.core.settings import Settings
from marketplace.orders.facts import CountedLine
from marketplace.statistics.query import Question, ask
from marketplace.statistics.segments import care, engine
from marketplace.statistics.segments.build import build, live, merge
from marketplace.statistics.segments.engine import Segments
from tests.support.books import Books
from tests.support.county import make_world, neighbour
from tests.support.lines import changed

CHANNELS = ("counter", "zone", "platform_832")
CITIES = ("440100", "440300", "441403")
CLASSES = ("certified_aid", "area_produce", "ordinary")


@dataclass(frozen=True)
class Told:
    """A sale, or what came back of one (a negative amount)."""

    month: str
    line: CountedLine
    fen: int
    is_sale: bool
    is_twice: bool = False  # taken back because somebody else told the same


Cell = tuple[Any, ...]
Step = tuple[Any, ...]
SALE = st.tuples(
    st.just("sell"),
    st.integers(0, 1),
    st.sampled_from(CHANNELS),
    st.sampled_from(CITIES),
    st.sampled_from(CLASSES),
    st.integers(1, 10**9),
)
STEPS = st.lists(
    st.one_of(
        SALE,
        SALE,
        st.tuples(st.just("take_back"), st.integers(0, 50)),
        st.tuples(st.just("find_twice"), st.integers(0, 50)),
        st.tuples(st.just("add_line"), st.integers(0, 50), st.sampled_from(CHANNELS), st.integers(1, 10**9)),
        st.tuples(st.just("link")),
        st.tuples(st.just("build")),
        st.tuples(st.just("merge")),
        st.tuples(st.just("lose"), st.integers(0, 50)),
        st.tuples(st.just("mend")),
        st.tuples(st.just("next_month")),
    ),
    min_size=4,
    max_size=25,
)
MEASURES = ("sales", "aid_sales", "consumption_aid_amount", "orders", "households_covered")
QUESTIONS = [
    Question(measures=MEASURES, by=by, on=date(2020, 9, 30))
    for count in (0, 1, 2)
    for by in itertools.combinations(("period", "channel_kind", "buyer_area", "product"), count)
]


class History:
    """Writes steps into the books, and remembers them in plain Python."""

    def __init__(self, session: Session, segments: Segments) -> None:
        self.session, self.segments = session, segments
        world = make_world(session)
        one, two, three, four = world.households(4)
        self.worlds = (world, neighbour(world))
        self.books = Books(session, world)
        self.rosters: dict[uuid.UUID, set[int]] = {}
        for owner, roster in zip(self.worlds, ((one, two, three), (three, four)), strict=True):
            covered = [Coverage(owner.product.id, 10_000, "raw_material", "台账")]
            owner.approved(owner.agreement(), owner.version([(n, 1) for n in roster], products=covered))
            self.rosters[owner.product.id] = set(roster)
        self.told: list[Told] = []
        self.sold: list[list[Any]] = []  # line, fen and units left of it
        self.month = 9

    def step(self, step: Step) -> None:
        with frozen_at(shanghai(2020, self.month, 12, 10)):
            getattr(self, step[0])(*step[1:])
        self.session.flush()

    def sell(self, whose: int, kind: str, city: str, goods_class: str, fen: int) -> None:
        owner = self.worlds[whose]
        schemes = ("city_local",) if goods_class == "certified_aid" else ()
        line = self.books.line(
            fen,
            2,
            product_id=owner.product.id,
            producer_id=owner.producer.id,
            producer_name=owner.producer.name,
            channel_kind=kind,
            buyer_area=city,
            goods_class=goods_class,
            schemes=schemes,
            scheme=schemes[0] if schemes else None,
            counted_at=utcnow(),
            sold_at=utcnow(),
        )
        self.books.sell(line)
        self.told.append(Told(self._now(), line, fen, is_sale=True))
        self.sold.append([line, fen, 2])

    def take_back(self, which: int) -> None:
        """One of two units, then the other with all that is left."""
        left = [one for one in self.sold if one[2]]
        if left:
            one = left[which % len(left)]
            fen = one[1] // 2 if one[2] == 2 else one[1]
            self.books.take_back(one[0], fen, 1, utcnow())
            self.told.append(Told(self._now(), one[0], -fen, is_sale=False))
            one[1], one[2] = one[1] - fen, one[2] - 1

    def find_twice(self, which: int) -> None:
        """All that is left of a line."""
        left = [one for one in self.sold if one[2]]
        if left:
            one = left[which % len(left)]
            self.books.take_back(one[0], one[1], one[2], utcnow(), reason="duplicate")
            self.told.append(Told(self._now(), one[0], -one[1], is_sale=False, is_twice=True))
            one[1], one[2] = 0, 0

    def add_line(self, which: int, kind: str, fen: int) -> None:
        """Another line of an order, perhaps by another channel."""
        if self.sold:
            like = self.sold[which % len(self.sold)][0]
            line = changed(
                like, line_id=uuid7(), channel_kind=kind, sale_fen=fen, counted_at=utcnow(), sold_at=utcnow()
            )
            self.books.sell(line)
            self.told.append(Told(self._now(), line, fen, is_sale=True))
            self.sold.append([line, fen, 2])

    def link(self) -> None:
        link_recent(self.session)

    def build(self) -> None:
        build(self.session, self.segments)

    def merge(self) -> None:
        for _, found in itertools.groupby(live(self.session), key=lambda one: one.period):
            several = [one for one in found if self.segments.store.is_whole(one.name, one.sha256)]
            if len(several) > 1:
                merge(self.session, self.segments, several)

    def lose(self, which: int) -> None:
        if found := live(self.session):
            Path(self.segments.store.path(found[which % len(found)].name)).unlink(missing_ok=True)

    def mend(self) -> None:
        care.mend()

    def next_month(self) -> None:
        if self.month < 11:
            with frozen_at(shanghai(2020, self.month + 1, 6, 10)):
                close_period(self.session, self.worlds[0].officer, self._now())
            self.month += 1

    def _now(self) -> str:
        return f"2020-{self.month:02d}"

    def answer(self, question: Question) -> dict[Cell, dict[str, int]]:
        """Cells and total (the empty key) of the question, from what was told alone."""
        parts: dict[Cell, list[Told]] = defaultdict(list)
        for one in self.told:
            parts[tuple(_value(one, code) for code in question.by)].append(one)
        return {(): self._figures(self.told)} | {key: self._figures(told) for key, told in parts.items()}

    def _figures(self, told: list[Told]) -> dict[str, int]:
        net: dict[uuid.UUID, int] = defaultdict(int)
        for one in told:
            net[one.line.product_id] += one.fen
        helped = set().union(*(self.rosters[product] for product, fen in net.items() if fen > 0))
        aid = [one.fen for one in told if one.line.frozen.goods_class == "certified_aid"]
        produce = [one.fen for one in told if one.line.frozen.goods_class == "area_produce"]
        return {
            "sales": sum(one.fen for one in told),
            "aid_sales": sum(aid),
            "consumption_aid_amount": sum(aid) + sum(produce),
            "orders": sum(
                not is_undone([one for one in told if one.line.order_id == order])
                for order in {one.line.order_id for one in told if one.is_sale}
            ),
            "households_covered": len(helped),
        }


def is_undone(told: list[Told]) -> bool:
    """Whether nothing is left, a part of it because somebody else told the same."""
    return sum(one.fen for one in told) == 0 and any(one.is_twice for one in told)


def _value(one: Told, code: str) -> Any:
    if code == "period":
        return one.month
    if code == "product":
        return one.line.product_id
    return one.line.frozen.buyer_area[:4] if code == "buyer_area" else one.line.frozen.channel_kind


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_segments_and_tail_say_what_was_sold_after_any_sequence_of_events(
    steps: list[Step], database: db.Database
) -> None:
    compose()
    with tempfile.TemporaryDirectory() as folder:
        engine.install(Settings(segments_url=folder, segments_small_rows=0))
        segments = engine.installed()
        assert segments is not None
        try:
            with pytest.raises(Undone), frozen_at(shanghai(2020, 9, 12)), db.transaction() as session:
                history = History(session, segments)
                for step in steps:
                    history.step(step)
                for question in QUESTIONS:
                    answer = ask(session, question)
                    said = {row.key: row.figures for row in answer.rows} | {(): answer.total}
                    assert said == history.answer(question)
                raise Undone
        finally:
            engine.use(None)


class Undone(Exception):
    """Rolls an example back."""
