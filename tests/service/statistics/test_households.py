"""Households by where they live, and what they are: exact by union, in three meanings that are never mixed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from marketplace.beneficiaries.rules import HouseholdState
from marketplace.beneficiaries.service import Coverage, NewPaymentList, import_list, load_households
from marketplace.core.clock import shanghai
from marketplace.core.errors import BadRequest
from marketplace.statistics.household_measures import HOUSEHOLD_MEASURES
from marketplace.statistics.query import Question, ask
from tests.support.books import Books
from tests.support.county import COUNTY, World, neighbour

OTHER_TOWN_VILLAGE = "441403102201"
Figures = dict[str, int | None]


def asked(
    session: Session, *measures: str, **changes: object
) -> tuple[dict[tuple[object, ...], Figures], Figures]:
    answer = ask(session, Question(measures=measures, on=date(2020, 9, 30), **changes))  # type: ignore[arg-type]
    return {row.key: row.figures for row in answer.rows}, answer.total


def two_producers(session: Session, world: World, books: Books, rosters: tuple[list[int], list[int]]) -> None:
    """Two producers of county X, each with an agreement over its roster and a sale."""
    theirs = neighbour(world)
    for one, roster in zip((world, theirs), rosters, strict=True):
        covered = [Coverage(one.product.id, 10_000, "raw_material", "台账")]
        one.approved(one.agreement(), one.version([(n, 1) for n in roster], products=covered))
    books.sell(books.line())
    name = theirs.producer.name
    books.sell(books.line(product_id=theirs.product.id, producer_id=theirs.producer.id, producer_name=name))


def households_of_two_towns(world: World) -> list[int]:
    """Three of one town of county X and one of another, in this order."""
    there = load_households(world.session, world.officer, [world.household(area_code=OTHER_TOWN_VILLAGE)])
    return [*world.households(3), *there]


def test_county_x_covers_four_households_and_not_five_by_where_they_live(
    session: Session, world: World, books: Books
) -> None:
    one, two, three, four = world.households(4)
    two_producers(session, world, books, ([one, two, three], [three, four]))
    cells, total = asked(
        session, "households_covered", "households_rostered", by=("household_area",), level="county"
    )
    assert cells == {(COUNTY,): {"households_covered": 4, "households_rostered": 4}}
    assert total == {"households_covered": 4, "households_rostered": 4}
    by_both, _ = asked(session, "households_covered", by=("producer", "household_area"), level="county")
    assert sorted(figures["households_covered"] for figures in by_both.values()) == [2, 3]


def test_households_count_in_the_town_where_they_live_and_once_where_the_goods_come_from(
    session: Session, world: World, books: Books
) -> None:
    one, two, three, four = households_of_two_towns(world)
    two_producers(session, world, books, ([one, two, three], [three, four]))
    by_home, total = asked(
        session, "households_covered", "persons_covered", by=("household_area",), level="town"
    )
    assert by_home == {
        ("441403101",): {"households_covered": 3, "persons_covered": 12},
        ("441403102",): {"households_covered": 1, "persons_covered": 4},
    }
    assert total == {"households_covered": 4, "persons_covered": 16}
    by_origin, _ = asked(session, "households_covered", by=("origin",), level="county")
    assert by_origin == {("441403",): {"households_covered": 4}}


def test_a_filter_by_where_households_live_keeps_the_others_out_of_cells_and_total(
    session: Session, world: World, books: Books
) -> None:
    one, two, three, four = households_of_two_towns(world)
    two_producers(session, world, books, ([one, two, three], [three, four]))
    cells, total = asked(
        session, "households_covered", by=("period",), filters={"household_area": "441403102000"}
    )
    assert (cells, total) == ({("2020-09",): {"households_covered": 1}}, {"households_covered": 1})
    nowhere, none = asked(session, "households_covered", filters={"household_area": "450000"})
    assert (nowhere, none) == ({}, {"households_covered": 0})


def test_a_month_that_was_refunded_later_still_covered_its_households(
    session: Session, world: World, books: Books
) -> None:
    covered = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in world.households(3)], products=covered))
    line = books.line()
    books.sell(line)
    books.take_back(line, 9800, 2, shanghai(2020, 10, 3))
    cells, total = asked(session, "households_covered", by=("period",))
    assert cells == {("2020-09",): {"households_covered": 3}, ("2020-10",): {"households_covered": 0}}
    assert total == {"households_covered": 0}


@pytest.mark.parametrize(
    "changes",
    [
        {"measures": ("sales",), "by": ("household_area",)},
        {"measures": ("households_covered", "sales"), "by": ("household_area",)},
        {"measures": ("benefit_proven",), "filters": {"household_area": COUNTY}},
        {"measures": ("orders",), "by": ("period",), "filters": {"household_area": COUNTY}},
    ],
)
def test_money_and_goods_cannot_be_asked_for_by_where_households_live(
    session: Session, changes: dict[str, object]
) -> None:
    with pytest.raises(BadRequest) as refused:
        ask(session, Question(**changes))  # type: ignore[arg-type]
    assert refused.value.code == "dimension_of_households_only"
    assert refused.value.extra["known"] == [measure.code for measure in HOUSEHOLD_MEASURES]


def test_each_meaning_has_its_children_and_the_two_standards_stand_apart(
    session: Session, world: World, books: Books
) -> None:
    """One 脱贫户 of each standard, one unstable 脱贫户 that is monitored, one 一般农户 with low income, one monitored 边缘户."""
    standings = [
        ("gd_relative", HouseholdState("graduated"), {"members": 2}),
        ("national_registered", HouseholdState("graduated"), {"members": 3}),
        ("national_registered", HouseholdState("graduated", "unstable", "active"), {"members": 4}),
        ("none", HouseholdState("never"), {"members": 5, "is_low_income": True}),
        ("none", HouseholdState("never", "marginal", "active"), {"members": 6}),
    ]
    numbers = load_households(
        session,
        world.officer,
        [
            world.household(file_standard=standard, standing=world.standing(state=state, **more))
            for standard, state, more in standings
        ],
    )
    covered = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    agreement = world.agreement()
    world.approved(agreement, world.version([(n, 1) for n in numbers], products=covered))
    books.sell(books.line())
    paid = NewPaymentList("rebate", date(2020, 9, 14), "演示单", [(numbers[1], 100), (numbers[4], 200)])
    import_list(session, world.clerk, agreement.number, paid)
    codes = [measure.code for measure in HOUSEHOLD_MEASURES]
    _, total = asked(session, *codes)
    heads_of = (
        "households",
        "persons",
        "file",
        "gd_relative",
        "monitored",
        "ordinary",
        "low_income",
        "persons_file",
    )
    everybody = dict(zip(heads_of, (5, 20, 2, 1, 2, 1, 1, 7), strict=True))
    benefited = dict(zip(heads_of, (2, 9, 1, 0, 1, 0, 0, 3), strict=True))
    for meaning, heads in (("rostered", everybody), ("covered", everybody), ("benefited", benefited)):
        found = {m.head: total[m.code] for m in HOUSEHOLD_MEASURES if m.meaning == meaning}
        assert found == heads, meaning


def test_benefited_households_are_by_home_and_by_quarter_and_refuse_what_lists_do_not_know(
    session: Session, world: World
) -> None:
    numbers = world.households(2)
    agreement = world.agreement()
    world.approved(agreement, world.version([(n, 1) for n in numbers]))
    paid = NewPaymentList("rebate", date(2020, 9, 14), "演示单", [(numbers[0], 100)])
    import_list(session, world.clerk, agreement.number, paid)
    cells, total = asked(session, "households_benefited", by=("quarter", "household_area"), level="county")
    assert cells == {("2020Q3", COUNTY): {"households_benefited": 1}}
    assert total == {"households_benefited": 1}
    with pytest.raises(BadRequest) as refused:
        asked(session, "households_benefited", by=("day",))
    assert refused.value.code == "measure_not_by_dimension"
