"""Which months a figure is compared with: the same ones a year before, or as many just before. Pure.

A breakdown by time compares each of its months, quarters, half-years, years or days with its own predecessor (docs/rules.md,
"Comparisons"); such a question has no 环比 of its total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from marketplace.core.clock import add_months, period_days
from marketplace.core.errors import BadRequest
from marketplace.statistics.dimensions import dimension
from marketplace.statistics.question import Question

#: Dimensions of time by which figures can be compared, with their length in months (a day moves by less than one).
STEPS: Final[Mapping[str, int]] = {"period": 1, "quarter": 3, "half_year": 6, "year": 12, "day": 1}
# Weeks are not compared: one that lies in two months is whole in neither.
_OTHER_TIMES: Final = frozenset({"sold_period", "adjusts_period", "week"})


def time_of(question: Question) -> str | None:
    """The dimension of time that the question is broken down by.

    BadRequest ``comparison_needs_months`` without first and last month; ``comparison_not_by_dimension`` with two dimensions of
    time, with one of 发生期, 调整所属期 or weeks, or with one as a filter: then no other months are the same question.
    """
    if not question.from_period or not question.to_period:
        raise BadRequest("comparison_needs_months", "同比和环比须给出起止月份(from、to 或 period)")
    used = [code for code in (dimension(one).code for one in question.by) if code in {*STEPS, *_OTHER_TIMES}]
    if len(used) > 1 or not _OTHER_TIMES.isdisjoint(used) or {*STEPS, *_OTHER_TIMES} & set(question.filters):
        raise BadRequest(
            "comparison_not_by_dimension",
            "同比和环比至多按一个时间维度,且以起止月份限定时间",
            known=sorted(STEPS),
        )
    return used[0] if used else None


def other_question(question: Question, kind: str, time: str | None) -> Question:
    """The same question of the months compared with; its statistical date moves along."""
    first, last = str(question.from_period), str(question.to_period)
    months = 12 if kind == "yoy" else STEPS[time] if time else _months(first, last)
    to_period = last if time == "day" and kind == "mom" else moved(last, -months)
    return replace(
        question, from_period=moved(first, -months), to_period=to_period, on=_on(question.on, last, months)
    )


def moved(period: str, months: int) -> str:
    """``2020-01`` − 1 → ``2019-12``."""
    return f"{add_months(period_days(period)[0], months):%Y-%m}"


def before(value: str, time: str, kind: str) -> str | None:
    """The value that a month, quarter, half-year, year or day is compared with; None for 29 February a year before."""
    if kind == "yoy":
        return None if value.endswith("-02-29") else f"{int(value[:4]) - 1}{value[4:]}"
    if time == "period":
        return moved(value, -1)
    if time == "day":
        return (date.fromisoformat(value) - timedelta(days=1)).isoformat()
    year, part = int(value[:4]), value[4:]
    if time == "year":
        return str(year - 1)
    parts = {"quarter": 4, "half_year": 2}[time]
    number = int(part[-1])
    return f"{year}{part[0]}{number - 1}" if number > 1 else f"{year - 1}{part[0]}{parts}"


def first_month(value: str, time: str) -> str:
    """The month in which it begins: 2020Q3 → 2020-07."""
    if time in {"period", "day"}:
        return value[:7]
    number = 0 if time == "year" else int(value[-1]) - 1
    return f"{value[:4]}-{1 + number * STEPS[time]:02d}"


def _months(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1


def _on(on: date | None, last: str, months: int) -> date | None:
    """The last day of a month stays the last day of one."""
    if on is None:
        return None
    if on == period_days(last)[1] - timedelta(days=1):
        return period_days(moved(last, -months))[1] - timedelta(days=1)
    return add_months(on, -months)
