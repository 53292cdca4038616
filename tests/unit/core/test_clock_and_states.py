from datetime import UTC, date, datetime

import pytest

from marketplace.core import clock
from marketplace.core.errors import IllegalTransition, Invalid
from marketplace.core.states import StateMachine


def test_the_shanghai_day_turns_at_sixteen_hundred_utc() -> None:
    assert clock.day_of(datetime(2020, 9, 11, 15, 59, 59, tzinfo=UTC)) == date(2020, 9, 11)
    assert clock.day_of(datetime(2020, 9, 11, 16, 0, 0, tzinfo=UTC)) == date(2020, 9, 12)


@pytest.mark.parametrize(
    "text",
    [
        "1949-10-01 15:00:00",
        "1988-07-01 12:00:00",  # summer time
        "1991-09-15 01:30:00",
        "1991-12-31 23:59:59.999999",
        "1992-01-02 00:00:00",
        "2020-07-01 12:00:00.000001",
        "9999-12-31 23:59:59",
    ],
)
def test_a_wall_clock_of_any_year_is_the_instant_that_the_zone_says(text: str) -> None:
    wall = datetime.fromisoformat(text)
    instant = clock.of_wall_clock(wall)
    assert (instant, instant.tzinfo) == (wall.replace(tzinfo=clock.SHANGHAI).astimezone(UTC), UTC)


def test_a_month_is_a_half_open_range_of_utc_instants() -> None:
    assert clock.period_range("2020-12") == (
        datetime(2020, 11, 30, 16, tzinfo=UTC),
        datetime(2020, 12, 31, 16, tzinfo=UTC),
    )
    assert (clock.next_period("2020-12"), clock.previous_period("2021-01")) == ("2021-01", "2020-12")


@pytest.mark.parametrize("text", ["2020-13", "2020-1", "２０２０-01", "0000-01", "9999-12", "", "2020-01-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        clock.parse_period(text)


def test_adding_months_clips_to_the_last_day() -> None:
    assert clock.add_months(date(2020, 1, 31), 1) == date(2020, 2, 29)
    assert clock.add_months(date(2020, 9, 12), 24) == date(2022, 9, 12)
    assert clock.add_months(date(2020, 1, 15), -1) == date(2019, 12, 15)


def test_the_clock_can_be_set_and_returns() -> None:
    with clock.frozen_at(clock.shanghai(2020, 9, 12)):
        assert clock.today() == date(2020, 9, 12)
    assert clock.today().year >= 2024


def test_a_table_with_an_unreachable_or_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="unreachable"):
        StateMachine("x", {"a": (), "b": ()}, "a")
    with pytest.raises(ValueError, match="unknown"):
        StateMachine("x", {"a": ("c",)}, "a")


def test_a_step_that_is_not_in_the_table_is_refused_and_says_what_would_be() -> None:
    machine = StateMachine("order", {"placed": ("paid",), "paid": ()}, "placed")
    with pytest.raises(IllegalTransition) as refused:
        machine.require("paid", "placed")
    assert refused.value.status == 409
    assert machine.terminal == {"paid"}
