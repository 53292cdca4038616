"""Comparisons of random books against plain Python over the lines that were sold."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from marketplace.core.clock import add_months, period_days, shanghai
from marketplace.statistics.comparisons import compare
from marketplace.statistics.question import Question
from tests.support.books import Books

CITIES = ("440100", "440300", "440600")
Sold = list[tuple[str, str, int]]  # month, city, fen


def bp(part: int, whole: int) -> int | None:
    """Basis points, halves away from zero."""
    if whole <= 0:
        return None
    exact = Fraction(part * 10_000, whole)
    whole_part = int(abs(exact) + Fraction(1, 2))
    return whole_part if exact >= 0 else -whole_part


def moved(month: str, by: int) -> str:
    return f"{add_months(period_days(month)[0], by):%Y-%m}"


def quarter(month: str) -> str:
    return f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"


def random_books(books: Books, dice: random.Random) -> Sold:
    """Sales of two years, some of them returned in part in the month of the sale or the next."""
    sold: Sold = []
    for _ in range(40):
        month = moved("2019-03", dice.randrange(20))
        city, fen = dice.choice(CITIES), dice.randrange(1, 50) * 100
        at = shanghai(int(month[:4]), int(month[5:]), dice.randrange(1, 28))
        line = books.line(fen, 2, buyer_area=city, sold_at=at, counted_at=at)
        books.sell(line)
        sold.append((month, city, fen))
        if dice.random() < 0.3:
            back = moved(month, dice.randrange(2))
            books.take_back(line, fen // 2, 1, shanghai(int(back[:4]), int(back[5:]), 28))
            sold.append((back, city, -(fen // 2)))
    return sold


@pytest.mark.parametrize("seed", range(4))
def test_growth_and_rank_are_what_plain_python_finds(session: Session, books: Books, seed: int) -> None:
    dice = random.Random(seed)
    sold = random_books(books, dice)
    reach = min(month for month, _, _ in sold)
    first = moved("2019-03", dice.randrange(10, 15))
    last = moved(first, dice.randrange(1, 7))

    def summed(
        since: str, until: str, cell: Callable[[str, str], tuple[str, ...]]
    ) -> dict[tuple[str, ...], int]:
        found: dict[tuple[str, ...], int] = defaultdict(int)
        for month, city, fen in sold:
            if since <= month <= until:
                found[cell(month, city)] += fen
        return dict(found)

    def asked(*by: str) -> dict[tuple[str, ...], dict[str, int | None]]:
        measures = ("sales", "sales_mom", "sales_yoy", "sales_rank")
        answer = compare(session, Question(measures, by=by, from_period=first, to_period=last))
        return {tuple(map(str, row.key)): row.figures for row in answer.rows}

    length = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1

    def city_of(_month: str, city: str) -> tuple[str, ...]:
        return (city[:4],)

    now = summed(first, last, city_of)
    before = summed(moved(first, -length), moved(last, -length), city_of)
    year_ago = summed(moved(first, -12), moved(last, -12), city_of)
    for key, figures in asked("buyer_area").items():
        assert figures["sales"] == now[key]
        assert figures["sales_rank"] == 1 + sum(fen > now[key] for fen in now.values())
        for code, then, back in (("sales_mom", before, length), ("sales_yoy", year_ago, 12)):
            known = key in then and moved(first, -back) >= reach
            assert figures[code] == (bp(now[key] - then[key], then[key]) if known else None), (key, code)

    monthly = summed("2019-01", last, lambda month, city: (month, city[:4]))
    for (month, city), figures in asked("period", "buyer_area").items():
        mine = monthly[month, city]
        rivals = [fen for (other, _), fen in monthly.items() if other == month]
        assert figures["sales_rank"] == 1 + sum(fen > mine for fen in rivals)
        for code, then_month in (("sales_mom", moved(month, -1)), ("sales_yoy", moved(month, -12))):
            then = monthly.get((then_month, city)) if then_month >= reach else None
            assert figures[code] == (None if then is None else bp(mine - then, then)), (month, city, code)

    here = summed(first, last, lambda month, _: (quarter(month),))
    ago = summed(moved(first, -12), moved(last, -12), lambda month, _: (quarter(month),))
    for (name,), figures in asked("quarter").items():
        then = ago.get((f"{int(name[:4]) - 1}{name[4:]}",))
        begun = f"{int(name[:4]) - 1}-{int(name[-1]) * 3 - 2:02d}"
        known = then is not None and max(begun, moved(first, -12)) >= reach
        assert figures["sales_yoy"] == (
            bp(here[name,] - then, then) if known and then is not None else None
        ), name
