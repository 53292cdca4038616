"""The WHERE and the keys of a question over ledger entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, false, not_, or_

from marketplace.attribution.models import Entry
from marketplace.core import divisions
from marketplace.core.errors import BadRequest
from marketplace.core.scope import within_area
from marketplace.statistics.dimensions import Dimension, dimension
from marketplace.statistics.question import Question
from marketplace.statistics.standpoint import in_months

MAX_VALUES: Final = 200


def conditions(question: Question) -> list[ColumnElement[bool]]:
    """The WHERE of a question over entries: months, area, what the asker may see, filters."""
    columns = Entry.__table__.c
    side = columns.origin_area if question.view == "seller" else columns.buyer_area
    found = within_asked(side, question.area, question.areas)
    found += [not_(within_area(side, code)) for code in question.without]
    found += [not_(columns.category_code.startswith(code)) for code in question.without_goods]
    found += in_months(columns.period, columns.adjusts_period, question.from_period, question.to_period)
    for code, value in question.filters.items():
        one = dimension(code)
        if one.is_area:
            found.append(any_within(one.column("village"), value))
        elif one.holds is not None:
            found.append(or_(false(), *map(one.holds, values_of(value))))
        else:
            found.append(any_equal(one.column(question.level), value))
    return found


def within_asked(column: Any, area_code: str, areas: Sequence[str]) -> list[ColumnElement[bool]]:
    """Rows whose area lies in the one asked for and in one of those that the asker may see; said once where it is one of them."""
    found = [within_place(column, area_code)]
    if area_code not in areas:
        found.append(or_(false(), *(within_place(column, code) for code in areas)))
    return found


def within_place(column: Any, area_code: str) -> ColumnElement[bool]:
    """Rows of the ledger whose area lies in the area, of a county under codes that it had before as well.

    What was sold keeps the code of its day; who is responsible for a county is so for its past (docs/rules.md, "Renamed
    counties in statistics"). Cities and provinces are what lay in them then, so that the sum of the cities is the province.
    """
    return or_(*(within_area(column, code) for code in (area_code, *divisions.former(area_code))))


def values_of(value: str) -> list[str]:
    """The values of a filter, which are comma separated: a row matches when it has one of them.

    BadRequest (``too_many_values``) beyond `MAX_VALUES`.
    """
    values = [one for one in (part.strip() for part in value.split(",", MAX_VALUES)) if one]
    if len(values) > MAX_VALUES:
        raise BadRequest("too_many_values", f"一个筛选条件至多 {MAX_VALUES} 个值", most=MAX_VALUES)
    return values


def any_within(column: Any, value: str) -> ColumnElement[bool]:
    """Rows whose area lies in one of the filter's areas."""
    return or_(false(), *(within_place(column, code) for code in values_of(value)))


def any_equal(column: Any, value: str) -> ColumnElement[bool]:
    """Rows that have one of the filter's values."""
    values = values_of(value)
    return cast(column, Text) == values[0] if len(values) == 1 else cast(column, Text).in_(values)


def grouped(question: Question, dimensions: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    """The dimensions as labelled columns, d0, d1, d2."""
    return [one.column(question.level).label(f"d{i}") for i, one in enumerate(dimensions)]
