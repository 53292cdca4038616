"""Rows that say how things were, beside the row that says how they are.

A table of what is has another of what was: the columns that reports print, and until when they said so (`until_at`). Whoever
changes such a column writes the old values there in the same transaction; what never changed needs no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Subquery, and_, cast, func, null, or_, select, union_all

from marketplace.core.db import Base, table_of


def over_time(present: type[Base], past: type[Base], key: str, names: Sequence[str]) -> Subquery:
    """All that `present` (by ``id``) and `past` (by the column `key`) say of the columns `names`.

    Columns: `key`, the names, ``from_at`` (NULL: since ever) and ``until_at`` (NULL: to this day); at every instant exactly one
    row of a key holds (`held_at`).
    """
    now, was = table_of(present).c, table_of(past).c
    since = func.lag(was.until_at).over(partition_by=was[key], order_by=(was.until_at, was.id))
    earlier = select(
        was[key].label(key), *(was[name].label(name) for name in names), since.label("from_at"), was.until_at
    )
    changed = select(func.max(was.until_at)).where(was[key] == now.id).scalar_subquery()
    still = select(
        now.id.label(key),
        *(now[name].label(name) for name in names),
        changed.label("from_at"),
        cast(null(), DateTime(timezone=True)).label("until_at"),
    )
    return union_all(earlier, still).subquery(f"{table_of(present).name}_over_time")


def held_at(rows: Any, at: Any) -> ColumnElement[bool]:
    """The rows of `over_time` that held at an instant: a value, or a column of the statement."""
    return and_(
        or_(rows.c.from_at.is_(None), rows.c.from_at <= at),
        or_(rows.c.until_at.is_(None), rows.c.until_at > at),
    )
