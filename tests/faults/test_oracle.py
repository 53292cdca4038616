"""Random histories beside plain Python: every measure, by what can be asked, whatever was corrected, renamed or told late.

`tests.support.chronicle` does things through the services; `tests.support.oracle` computes what must come of it, without SQL.
"""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core import db
from marketplace.core.clock import frozen_at, period_days
from marketplace.core.settings import Settings
from marketplace.statistics.household_measures import HOUSEHOLD_MEASURES
from marketplace.statistics.query import Question, ask
from marketplace.statistics.segments import engine
from tests.support.books import ledger_breaks
from tests.support.chronicle import Chronicle, history
from tests.support.oracle import figures as plain
from tests.support.oracle.figures import Asked, Cell, Figures

pytestmark = pytest.mark.fault  # minutes long: not among the tests that are run at every change

STEPS = st.integers(0, 2**32).map(history)
# Not made smaller when one fails: a history takes a second, and its steps say what they do.
HISTORIES = settings(
    max_examples=settings().max_examples // 25,  # four; eight with the long profile
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
SUMS = tuple(plain.sums([]))
MONEY_BY = (
    (), ("period",), ("adjusts_period", "sold_period"), ("quarter",), ("day",), ("origin",), ("origin", "period"),
    ("buyer_area",), ("channel_kind", "goods_class"), ("linkage_mode",), ("scheme", "category"),
    ("producer", "participation_mode"), ("helper_area", "origin", "category"), ("buyer",), ("purchase_kind",),
)  # fmt: skip
BENEFIT_BY = ((), ("period",), ("origin",), ("producer", "linkage_mode"), ("quarter", "producer"))
LEVELS = ("city", "county")
COUNTY, OLD_COUNTY = "441403", "441421"  # 梅县区, and its code until 2013


class Undone(Exception):
    """Rolls an example back."""


@contextmanager
def told(steps: list[tuple[str, int]]) -> Iterator[tuple[Session, Chronicle]]:
    """The history of the steps, to be asked within the block and undone after it."""
    compose()
    with tempfile.TemporaryDirectory() as folder:
        engine.install(Settings(segments_url=folder, segments_small_rows=0))
        segments = engine.installed()
        assert segments is not None
        try:
            with pytest.raises(Undone), db.transaction() as session:
                chronicle = Chronicle(session, segments)
                for name, seed in steps:
                    chronicle.step(name, seed)
                with frozen_at(chronicle.now):
                    yield session, chronicle
                raise Undone
        finally:
            engine.use(None)


def months_of(chronicle: Chronicle) -> list[tuple[str | None, str | None]]:
    """All months, the last alone, the year so far of it."""
    return [(None, None), (chronicle.month, chronicle.month), (f"{chronicle.month[:4]}-01", chronicle.month)]


def said(session: Session, question: Question) -> dict[Cell, Figures]:
    answer = ask(session, question)
    found: dict[Cell, Any] = {row.key: row.figures for row in answer.rows}
    return found | {(): answer.total}


def of_cells(found: dict[Cell, Any], figures: Callable[[Any], Figures], empty: Any) -> dict[Cell, Figures]:
    return {cell: figures(one) for cell, one in ({(): empty} | found).items()}


def pair(chronicle: Chronicle, **changes: Any) -> tuple[dict[str, Any], Asked]:
    """The same question in both languages."""
    first, last = changes.pop("months")
    on = period_days(last)[1] - timedelta(days=1) if last else date(2021, 1, 31)
    area = changes.pop("area", "000000")
    given_ = {"from_period": first, "to_period": last, "on": on, "area": area} | changes
    digits = {"000000": "", "440000": "44", COUNTY: (COUNTY, OLD_COUNTY)}.get(area, area)
    asked = Asked(
        by=changes.get("by", ()), level=changes.get("level", "city"), since=first or "0000-00",
        until=last or "9999-99", area=digits, view=changes.get("view", "seller"), on=on,
    )  # fmt: skip
    return given_, asked


@HISTORIES
@given(steps=STEPS)
def test_sums_and_counts_are_what_plain_python_finds_in_any_history(
    steps: list[tuple[str, int]], database: db.Database
) -> None:
    with told(steps) as (session, chronicle):
        places = (("seller", "000000"), ("buyer", "440000"), ("seller", "441403"))
        every = list(itertools.product(MONEY_BY, months_of(chronicle), places, LEVELS))
        for by, months, (view, area), level in random.Random(len(steps)).sample(every, 16):
            question, asked = pair(chronicle, by=by, months=months, view=view, area=area, level=level)
            expected = of_cells(plain.grouped(chronicle.ledger, asked), plain.sums, [])
            assert said(session, Question(SUMS, **question)) == expected, (by, months, view, area)
        assert ledger_breaks(session) == []


@HISTORIES
@given(steps=STEPS)
def test_households_persons_and_their_standing_are_what_plain_python_finds_in_any_history(
    steps: list[tuple[str, int]], database: db.Database
) -> None:
    with told(steps) as (session, chronicle):
        ledger, homes = chronicle.ledger, chronicle.homes
        for months in months_of(chronicle):
            for by in ((), ("period",), ("origin",), ("product",), ("channel_kind", "origin")):
                question, asked = pair(chronicle, by=by, months=months, level="county")
                names = tuple(m.code for m in HOUSEHOLD_MEASURES if m.meaning == "covered")
                cells = plain.grouped(ledger, asked)
                expected = {
                    cell: plain.counted(homes, plain.covered(pieces), asked.on, "covered")
                    for cell, pieces in cells.items()
                }
                assert said(session, Question(names, **question)) == expected, (by, months)
            for meaning, sets_of, ways in (
                ("benefited", plain.benefited, BENEFIT_BY),
                ("rostered", plain.rostered, ((), ("origin",), ("producer", "linkage_mode"))),
            ):
                for by in ways:
                    question, asked = pair(chronicle, by=by, months=months, level="county")
                    names = tuple(m.code for m in HOUSEHOLD_MEASURES if m.meaning == meaning)
                    sets = {key: set[int]() for key in plain.grouped(ledger, asked)} | sets_of(ledger, asked)
                    expected = {
                        cell: plain.counted(homes, numbers, asked.on, meaning)
                        for cell, numbers in sets.items()
                    }
                    assert said(session, Question(names, **question)) == expected, (by, months, meaning)


@HISTORIES
@given(steps=STEPS)
def test_benefit_accrued_proven_and_kept_is_what_plain_python_finds_in_any_history(
    steps: list[tuple[str, int]], database: db.Database
) -> None:
    with told(steps) as (session, chronicle):
        names = ("benefit_accrued", "benefit_proven", "benefit_village")
        for by, months in itertools.product(BENEFIT_BY, months_of(chronicle)):
            for area in ("000000", "441403", "450127"):
                question, asked = pair(chronicle, by=by, months=months, level="county", area=area)
                expected = plain.benefits(chronicle.ledger, asked)
                assert said(session, Question(names, **question)) == expected, (by, months, area)


@HISTORIES
@given(steps=STEPS)
def test_where_households_live_parts_every_set_of_them_without_rest_in_any_history(
    steps: list[tuple[str, int]], database: db.Database
) -> None:
    with told(steps) as (session, chronicle):
        ledger, homes = chronicle.ledger, chronicle.homes
        question, asked = pair(
            chronicle, by=("period", "household_area"), months=(None, None), level="village"
        )
        names = tuple(m.code for m in HOUSEHOLD_MEASURES if m.meaning == "covered")
        by_month = plain.grouped(ledger, Asked(by=("period",), on=asked.on))
        expected = {(): plain.counted(homes, plain.covered(by_month[()]), asked.on, "covered")}
        for (month,), pieces in ((cell, pieces) for cell, pieces in by_month.items() if cell):
            for village in {home.village for home in homes.values()}:
                here = {n for n in plain.covered(pieces) if homes[n].village == village}
                if here:
                    expected[month, village] = plain.counted(homes, here, asked.on, "covered")
        assert said(session, Question(names, **question)) == expected
