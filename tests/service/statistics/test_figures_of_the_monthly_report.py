"""What R1 adds up from few questions, beside a question for each of its columns."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from sqlalchemy.orm import Session

from marketplace.attribution.models import Entry
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, previous_period, shanghai
from marketplace.statistics.query import Question, ask, ask_households
from marketplace.statistics.reports import ReportRequest
from marketplace.statistics.reports.monthly_figures import HEADS, gather
from marketplace.statistics.standpoint import PLAIN, Standpoint, seen_from
from tests.support.books import Books
from tests.support.county import World

ByArea = dict[Any, dict[str, int | None]]
SUMS: Final = ("sales", "aid_sales", "consumption_aid_amount")
WITH_SALES: Final = (1, 8, 9, 12)
CITIES: Final = ("440100", "440300", "441400")
#: Goods and buyers of every kind that the columns tell apart.
KINDS: Final = (
    {"goods_class": "certified_aid", "participation_mode": "other_individual", "channel_kind": "counter"},
    {"goods_class": "area_produce", "participation_mode": "union", "channel_kind": "zone"},
    {"goods_class": "ordinary", "scheme": None, "schemes": (), "channel_kind": "platform_832"},
)


def random_books(books: Books, dice: random.Random) -> None:
    """Sales of some months from autumn 2019 on; what is given back of them stands in the month after, when theirs is closed."""
    months = [(2019, month) for month in range(9, 13)] + [(2020, month) for month in range(1, 10)]
    for year, month in months:
        sold = []
        for _ in range(dice.randrange(2, 7) if month in WITH_SALES else 0):
            at = shanghai(year, month, dice.randrange(1, 28))
            city, kind = dice.choice(CITIES), dict[str, Any](dice.choice(KINDS))
            line = books.line(
                dice.randrange(1, 50) * 100, 2, buyer_area=city, sold_at=at, counted_at=at, **kind
            )
            books.sell(line)
            sold.append(line)
        after = shanghai(year + month // 12, month % 12 + 1, 6)
        with frozen_at(after):
            close_period(books.session, system_actor(), f"{year}-{month:02d}")
        for line in sold[::2]:
            books.take_back(line, dice.choice((line.sale_fen, line.sale_fen // 2)), 1, after)


def by_area(session: Session, question: Question) -> ByArea:
    answer = ask(session, question)
    return {row.key[0]: row.figures for row in answer.rows} | {None: answer.total}


@pytest.mark.parametrize("seen", [lambda _: PLAIN, lambda period: Standpoint(adjusted_after=period)])
@pytest.mark.parametrize("seed", range(2))
def test_the_figures_are_those_of_a_question_for_each_column(
    session: Session, world: World, books: Books, seed: int, seen: Callable[[str], Standpoint]
) -> None:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(4)], products=whole))
    random_books(books, random.Random(seed))
    assert session.query(Entry).filter(Entry.adjusts_period.is_not(None)).count()
    for period in ("2020-01", "2020-02", "2020-08", "2020-09", "2020-10"):
        request = ReportRequest(period, "440000", ("440000",), "buyer")
        plain = Question(SUMS, by=("buyer_area",), area="440000", areas=("440000",), view="buyer")
        month = replace(plain, from_period=period, to_period=period)
        earlier = replace(plain, measures=("sales",))
        before, last_year = previous_period(period), f"{int(period[:4]) - 1}{period[4:]}"
        since = replace(month, from_period=f"{period[:4]}-01")
        with seen_from(seen(period)):
            figures, answer = gather(session, request)
            assert answer.position == ask(session, month).position
            assert figures.month == by_area(session, month)
            year = by_area(session, replace(since, measures=("sales", "consumption_aid_amount", *HEADS)))
            assert figures.year == {
                key: {code: held[code] for code in ("sales", "consumption_aid_amount", *HEADS)}
                for key, held in year.items()
            }
            for name, ours, beginning in (
                ("before", figures.before, before),
                ("last_year", figures.last_year, last_year),
            ):
                theirs = by_area(session, replace(earlier, from_period=beginning, to_period=beginning))
                for key in {*theirs, *ours} if ours else ():
                    assert (ours.get(key) or {}).get("sales", 0) == theirs.get(key, {}).get("sales", 0), name
                    assert (key in ours) == (key in theirs), name


def test_households_asked_alone_are_those_of_the_whole_question(
    session: Session, world: World, books: Books
) -> None:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(4)], products=whole))
    books.sell(books.line(buyer_area="440100"))
    books.sell(books.line(buyer_area="440300", goods_class="ordinary", schemes=(), scheme=None))
    question = Question(HEADS, by=("buyer_area",), from_period="2020-09", to_period="2020-09")
    answer = ask(session, question)
    assert {row.key: row.figures for row in answer.rows} | {(): answer.total} == ask_households(
        session, question
    )
    assert answer.total == {"households_covered": 4, "persons_covered": 16}
