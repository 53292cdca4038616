"""States of households kept for closed days: the same counts as from the histories, on that day and on any later one."""

from __future__ import annotations

from datetime import date

from pyroaring import BitMap
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.rules import HouseholdState as State
from marketplace.beneficiaries.service import load_households
from marketplace.beneficiaries.service.households import change_standing
from marketplace.core.clock import frozen_at, shanghai
from marketplace.statistics.models import HouseholdState
from marketplace.statistics.states import GD_RELATIVE, LOW_INCOME, MONITORED, States, keep_closed, states_on
from tests.support.books import Books
from tests.support.county import World


def same(one: States, other: States) -> bool:
    numbers = sorted(BitMap.union(*one.by_members.values(), *other.by_members.values()))
    return bool(numbers) and all(one.of(number) == other.of(number) for number in numbers)


def test_a_later_day_is_the_kept_states_and_what_began_or_ended_since(
    session: Session, world: World, books: Books
) -> None:
    one, two, three = world.households(3)
    books.sell(books.line())
    with frozen_at(shanghai(2020, 10, 20, 9)):
        close_period(session, world.officer, "2020-09")
        assert keep_closed(session) == 1
        assert keep_closed(session) == 0
        watched = world.standing(
            state=State("graduated", "unstable", "active"), from_day=date(2020, 10, 5), members=5
        )
        change_standing(session, world.officer, one, watched)
        change_standing(
            session,
            world.officer,
            two,
            world.standing(from_day=date(2020, 10, 9), members=2, is_low_income=True),
        )
        [new] = load_households(
            session,
            world.officer,
            [world.household(standing=world.standing(from_day=date(2020, 10, 2), members=7))],
        )
        days = [
            date(2020, 9, 30),
            date(2020, 10, 4),
            date(2020, 10, 5),
            date(2020, 10, 8),
            date(2020, 10, 19),
        ]
        kept = [states_on(session, day) for day in days]
    last = kept[-1]
    assert [last.of(number) for number in (one, two, three, new)] == [
        (5, GD_RELATIVE | MONITORED),
        (2, GD_RELATIVE | LOW_INCOME),
        (4, GD_RELATIVE),
        (7, GD_RELATIVE),
    ]
    assert session.scalars(select(HouseholdState.on_day)).all() == [date(2020, 9, 30)]
    session.execute(delete(HouseholdState))
    for day, found in zip(days, kept, strict=True):
        assert same(found, states_on(session, day)), day
