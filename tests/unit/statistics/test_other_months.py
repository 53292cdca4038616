"""Which months are compared with which."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.core.errors import BadRequest
from marketplace.statistics.other_months import before, first_month, other_question, time_of
from marketplace.statistics.question import Question


@pytest.mark.parametrize(
    ("value", "time", "last_year", "just_before", "begins"),
    [
        ("2020-01", "period", "2019-01", "2019-12", "2020-01"),
        ("2020Q1", "quarter", "2019Q1", "2019Q4", "2020-01"),
        ("2020Q3", "quarter", "2019Q3", "2020Q2", "2020-07"),
        ("2020H1", "half_year", "2019H1", "2019H2", "2020-01"),
        ("2020H2", "half_year", "2019H2", "2020H1", "2020-07"),
        ("2020", "year", "2019", "2019", "2020-01"),
        ("2020-03-01", "day", "2019-03-01", "2020-02-29", "2020-03"),
        ("2020-02-29", "day", None, "2020-02-28", "2020-02"),
    ],
)
def test_every_cell_of_time_has_its_predecessors(
    value: str, time: str, last_year: str | None, just_before: str, begins: str
) -> None:
    assert before(value, time, "yoy") == last_year
    assert before(value, time, "mom") == just_before
    assert first_month(value, time) == begins


@pytest.mark.parametrize(
    ("kind", "time", "months"),
    [
        ("yoy", None, ("2019-02", "2019-04")),
        ("mom", None, ("2019-11", "2020-01")),
        ("mom", "period", ("2020-01", "2020-03")),
        ("mom", "quarter", ("2019-11", "2020-01")),
        ("mom", "day", ("2020-01", "2020-04")),
    ],
)
def test_the_other_months_are_as_many_and_the_statistical_date_moves_along(
    kind: str, time: str | None, months: tuple[str, str]
) -> None:
    asked = Question(("sales",), from_period="2020-02", to_period="2020-04", on=date(2020, 4, 30))
    other = other_question(asked, kind, time)
    assert (other.from_period, other.to_period) == months
    if kind == "yoy":
        assert other.on == date(2019, 4, 30)
        leap = other_question(
            Question(("sales",), from_period="2020-02", to_period="2020-02", on=date(2020, 2, 29)), kind, time
        )
        assert leap.on == date(2019, 2, 28)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from_period": None}, "comparison_needs_months"),
        ({"by": ("period", "quarter")}, "comparison_not_by_dimension"),
        ({"by": ("sold_period",)}, "comparison_not_by_dimension"),
        ({"filters": {"quarter": "2020Q3"}}, "comparison_not_by_dimension"),
    ],
)
def test_what_has_no_other_months_is_refused(changes: dict[str, object], code: str) -> None:
    values: dict[str, object] = {"measures": ("sales",), "from_period": "2020-01", "to_period": "2020-03"}
    with pytest.raises(BadRequest) as refused:
        time_of(Question(**(values | changes)))  # type: ignore[arg-type]
    assert refused.value.code == code
