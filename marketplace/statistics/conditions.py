"""The WHERE and the keys of a question over ledger entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, false, not_, or_

from marketplace.attribution.models import Entry
from marketplace.core.scope import within_area
from marketplace.statistics.dimensions import Dimension, dimension
from marketplace.statistics.question import Question
from marketplace.statistics.standpoint import in_months


def conditions(question: Question) -> list[ColumnElement[bool]]:
    """The WHERE of a question over entries: months, area, what the asker may see, filters."""
    columns = Entry.__table__.c
    side = columns.origin_area if question.view == "seller" else columns.buyer_area
    found: list[ColumnElement[bool]] = [or_(false(), *(within_area(side, code) for code in question.areas))]
    found.append(within_area(side, question.area))
    found += [not_(within_area(side, code)) for code in question.without]
    found += in_months(columns.period, columns.adjusts_period, question.from_period, question.to_period)
    for code, value in question.filters.items():
        one = dimension(code)
        if one.is_area:
            found.append(within_area(one.column("village"), value))
        else:
            found.append(cast(one.column(question.level), Text) == value)
    return found


def grouped(question: Question, dimensions: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    """The dimensions as labelled columns, d0, d1, d2."""
    return [one.column(question.level).label(f"d{i}") for i, one in enumerate(dimensions)]
