"""The statement of sums and distinct counts by cell, with the total, in one pass over the entries.

Statements of questions are kept: the same ones are asked all day, and to build one takes our processor longer than PostgreSQL's
takes to answer it out of the books of a county.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_

from marketplace.attribution.models import Entry
from marketplace.statistics.conditions import conditions
from marketplace.statistics.dimensions import Dimension, dimension
from marketplace.statistics.measure import Measure
from marketplace.statistics.question import Question
from marketplace.statistics.standpoint import Standpoint, standpoint

KEPT: Final = 128
"""Statements of one kind that a process keeps; one takes some tens of KiB."""
_MONTH = Entry.__table__.c.period


def cells_and_total(question: Question, measures: Sequence[Measure]) -> Select[Any]:
    """Rows of: whether it is the total (not 0), the dimensions' values, the measures (each has an expression).

    Quarters and years of sums are added up from months: to name the quarter of each entry costs as much as to sum it.
    """
    return _statement(question, tuple(measures), standpoint())


@lru_cache(maxsize=KEPT)
def _statement(question: Question, measures: Sequence[Measure], _seen: Standpoint) -> Select[Any]:
    dimensions = [dimension(code) for code in question.by]
    of_months = any(one.of_period and one.code != "period" for one in dimensions) and all(
        one.kind == "sum" for one in measures
    )
    columns = [_MONTH if of_months and one.of_period else one.column(question.level) for one in dimensions]
    keys = [column.label(f"d{number}") for number, column in enumerate(columns)]
    statement: Select[Any] = select(
        (func.grouping(*columns) if columns else literal_column("1")).label("is_total"),
        *keys,
        *[one.expression().label(one.code) for one in measures if one.expression is not None],
    ).where(*conditions(question))
    if columns:
        statement = statement.group_by(func.grouping_sets(tuple_(*columns), literal_column("()")))
    return _added_up(statement, dimensions, measures) if of_months else statement


def _added_up(
    by_month: Select[Any], dimensions: Sequence[Dimension], measures: Sequence[Measure]
) -> Select[Any]:
    months = by_month.subquery("months")
    values: list[ColumnElement[Any]] = [
        months.c[f"d{number}"] if one.of_period is None else one.of_period(months.c[f"d{number}"])
        for number, one in enumerate(dimensions)
    ]
    keys = [value.label(f"k{number}") for number, value in enumerate(values)]
    sums = [func.sum(months.c[one.code]).label(f"m_{one.code}") for one in measures]
    return select(months.c.is_total, *keys, *sums).group_by(months.c.is_total, *values)
