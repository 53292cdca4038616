"""An answer in the order and the portion asked for: sorted by a measure, the first N, a page of it, sub-totals beside it.

All after `compare`, over exact cells; sub-totals are asked for afresh, because households and distinct counts do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.core.errors import BadRequest
from marketplace.statistics.comparisons import compare
from marketplace.statistics.query import Answer, Row
from marketplace.statistics.question import Question

MAX_ROWS: Final = 1_000
"""The longest page and the largest N."""


@dataclass(frozen=True)
class Arrangement:
    """How rows come: by a measure (``sales`` ascending, ``-sales`` descending; else by key), the first `top`, a page of them."""

    sort: str | None = None
    top: int | None = None
    page_size: int | None = None
    after: Sequence[Any] | None = None  # where the page before ended
    subtotals: bool = False


@dataclass(frozen=True)
class Arranged:
    """The answer with the rows asked for, sub-totals of its first dimension, and where the next page goes on."""

    answer: Answer
    subtotals: list[Row]
    next_after: list[Any] | None


def arranged(session: Session, question: Question, how: Arrangement) -> Arranged:
    """Answer and arrange. BadRequest (``unknown_sort``) for a measure that was not asked for; else as `compare`."""
    if how.sort is not None and how.sort.removeprefix("-") not in question.measures:
        raise BadRequest("unknown_sort", "只能按所查询的指标排序", known=sorted(question.measures))
    answer = compare(session, question)
    rows = sorted(answer.rows, key=lambda row: _position(row, how.sort))[: how.top]
    if how.after is not None:
        after = list(how.after)
        rows = [row for row in rows if _position(row, how.sort) > after]
    page = rows[: how.page_size]
    more = _position(page[-1], how.sort) if page and len(page) < len(rows) else None
    return Arranged(replace(answer, rows=page), _subtotals(session, question, how), more)


def _subtotals(session: Session, question: Question, how: Arrangement) -> list[Row]:
    if not how.subtotals or len(question.by) < 2:
        return []
    return compare(session, replace(question, by=question.by[:1])).rows


def _position(row: Row, sort: str | None) -> list[Any]:
    """Where a row stands; unknown figures come last either way, equal ones in the order of their keys."""
    key = ["" if value is None else str(value) for value in row.key]
    if sort is None:
        return [False, 0, *key]
    value = row.figures[sort.removeprefix("-")]
    if value is None:
        return [True, 0, *key]
    return [False, -value if sort.startswith("-") else value, *key]
