"""Working days with the statutory calendar, and beyond the years it knows."""

from datetime import date
from pathlib import Path

import pytest

from marketplace.core import workdays
from marketplace.core.errors import Invalid
from marketplace.core.workdays import WorkCalendar


def test_a_notice_of_five_working_days_over_the_national_day_of_2020() -> None:
    assert workdays.add_working_days(date(2020, 9, 28), 5, count_first_day=True) == date(2020, 10, 10)


def test_the_first_day_can_be_left_out_of_the_count() -> None:
    assert workdays.add_working_days(date(2020, 9, 28), 5, count_first_day=False) == date(2020, 10, 12)


def test_the_same_notice_in_calendar_days() -> None:
    assert workdays.add_calendar_days(date(2020, 9, 28), 5, count_first_day=True) == date(2020, 10, 2)
    assert workdays.add_calendar_days(date(2020, 9, 28), 5, count_first_day=False) == date(2020, 10, 3)


def test_a_period_that_begins_on_a_holiday_counts_from_the_next_working_day() -> None:
    assert workdays.add_working_days(date(2020, 10, 1), 1, count_first_day=True) == date(2020, 10, 9)
    assert workdays.add_working_days(date(2020, 10, 1), 1, count_first_day=False) == date(2020, 10, 9)


def test_one_working_day_counted_from_itself_ends_the_same_day() -> None:
    assert workdays.add_working_days(date(2020, 9, 28), 1, count_first_day=True) == date(2020, 9, 28)


def test_saturdays_worked_for_a_holiday_are_working_days() -> None:
    assert workdays.is_working_day(date(2020, 10, 10))
    assert not workdays.is_working_day(date(2020, 10, 11))
    assert not workdays.is_working_day(date(2020, 10, 8))


def test_a_year_nobody_published_is_monday_to_friday_and_provisional() -> None:
    future = WorkCalendar()
    assert future.is_working_day(date(2031, 10, 1))  # a Wednesday
    assert not future.is_working_day(date(2031, 10, 4))
    assert future.is_provisional(date(2031, 9, 1), date(2031, 9, 30))
    assert future.is_provisional(date(2026, 12, 30), date(2031, 1, 5))
    assert not future.is_provisional(date(2020, 1, 1), date(2026, 12, 31))
    assert future.add_working_days(date(2031, 9, 29), 5, count_first_day=True) == date(2031, 10, 3)


def test_published_rows_lie_over_the_library_and_end_the_provision(tmp_path: Path) -> None:
    path = tmp_path / "holidays.csv"
    path.write_text(
        "day,kind,name,document_no\n2031-10-01,holiday,国庆节,演示\n2031-10-04,workday,国庆节调休,演示\n",
        encoding="utf-8",
    )
    calendar = workdays.read_calendar(path)
    assert not calendar.is_working_day(date(2031, 10, 1))
    assert calendar.is_working_day(date(2031, 10, 4))
    assert not calendar.is_provisional(date(2031, 1, 1), date(2031, 12, 31))
    assert calendar.working_days_between(date(2031, 9, 29), date(2031, 10, 5)) == 5


def test_a_row_of_another_kind_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "holidays.csv"
    path.write_text("day,kind,name,document_no\n2031-10-01,feast,国庆节,演示\n", encoding="utf-8")
    with pytest.raises(ValueError, match="feast"):
        workdays.read_calendar(path)


@pytest.mark.parametrize("days", [0, -1, 3_661])
def test_a_period_without_sense_is_refused(days: int) -> None:
    with pytest.raises(Invalid):
        workdays.add_working_days(date(2020, 9, 28), days, count_first_day=True)
    with pytest.raises(Invalid):
        workdays.add_calendar_days(date(2020, 9, 28), days, count_first_day=True)
