"""What is published never gives a small group of households away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import NotFound
from marketplace.statistics.disclosure import public_table, withheld
from tests.support.books import Books
from tests.support.county import World


def test_a_lone_small_cell_takes_the_smallest_other_one_with_it() -> None:
    assert withheld([2, 50, 7, 0]) == [True, False, True, False]
    assert withheld([1, 2, 9]) == [True, True, False]
    assert withheld([3, 4]) == [False, False]
    assert withheld([2]) == [True]


@given(st.lists(st.integers(0, 20), min_size=2, max_size=12))
def test_no_published_table_leaves_exactly_one_unknown_that_is_small(counts: list[int]) -> None:
    hidden = withheld(counts)
    assert all(hide for hide, count in zip(hidden, counts, strict=True) if 0 < count < 3)
    if sum(hidden) == 1:  # only where every other cell is empty, and then the total is withheld as well
        assert sum(counts) < 3


def test_a_month_is_published_only_when_closed_and_hides_two_households(
    session: Session, world: World, books: Books
) -> None:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(2)], products=whole))
    books.sell(books.line())
    with pytest.raises(NotFound) as refused:
        public_table(session, "2020-09", "440000")
    assert refused.value.code == "period_open"
    with frozen_at(shanghai(2020, 10, 5, 9)):
        close_period(session, None, "2020-09")
    table = public_table(session, "2020-09", "440000")
    assert [(row.title, row.sales_fen, row.households, row.persons) for row in table.rows] == [
        ("梅州市", 9800, None, None)
    ]
    assert (table.total.sales_fen, table.total.households) == (9800, None)
