"""What is published never gives a small group of households away."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.service import Coverage
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import NotFound
from marketplace.statistics.disclosure import month_publication, public_table, published_months
from tests.support.books import Books
from tests.support.county import World


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


def test_the_country_s_table_and_a_province_s_withhold_the_same_cells(
    session: Session, world: World, books: Books
) -> None:
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(2)], products=whole))
    books.sell(books.line())
    with frozen_at(shanghai(2020, 10, 5, 9)):
        close_period(session, None, "2020-09")
    country = public_table(session, "2020-09", "000000")
    assert (country.area, country.total.title, country.total.households) == ("000000", "全国", None)
    assert [(row.area, row.households) for row in country.rows] == [("4414", None)]
    shown = published_months(session, "2020-01", "2020-12")
    assert dict(shown["2020-09"].values) == {
        "covered|all||2020-09..2020-09": None,
        "covered|origin|44|2020-09..2020-09": None,
        "covered|origin|4414|2020-09..2020-09": None,
    }


def test_a_month_is_protected_over_cities_and_provinces_together() -> None:
    counts = {"": 60, "44": 32, "4401": 2, "4414": 10, "4413": 20, "45": 28, "4501": 28}
    month = month_publication("2020-09", counts)
    hidden = {key.split("|")[2] for key, value in month.values.items() if value is None}
    assert hidden == {"4401", "4414"}
    assert month.small == {"covered|origin|4401|2020-09..2020-09"}
