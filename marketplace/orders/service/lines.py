"""Writing several lines of an order at once: one statement, not one for each line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Table, Text, Update, Uuid, bindparam, cast, func, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.core.db import table_of
from marketplace.orders.models import OrderLine


def write_lines(session: Session, lines: Sequence[OrderLine], **values: Sequence[Any]) -> None:
    """Give each line its value of each named column, in the database and on the object: `shipped=[3, 1]` for two lines.

    The order is locked, and so are its lines.  Nothing of these columns may wait to be flushed.
    """
    if not lines:
        return
    table = table_of(OrderLine)
    given = {
        f"{name}_of": [_literal(value) for value in column] if _is_array(table, name) else list(column)
        for name, column in values.items()
    }
    session.connection().execute(_statement(tuple(values)), given | {"ids": [line.id for line in lines]})
    for name, column in values.items():
        for line, value in zip(lines, column, strict=True):
            set_committed_value(line, name, value)


@cache
def _statement(names: tuple[str, ...]) -> Update:
    table = table_of(OrderLine)
    arrays = (
        bindparam(f"{name}_of", type_=ARRAY(Text() if _is_array(table, name) else table.c[name].type))
        for name in names
    )
    given = (
        func.unnest(bindparam("ids", type_=ARRAY(Uuid())), *arrays)
        .table_valued("id", *names, name="given")
        .render_derived(name="given")
    )
    return (
        update(table)
        .where(table.c.id == given.c.id)
        .values({name: cast(given.c[name], table.c[name].type) for name in names})
    )


def _is_array(table: Table, name: str) -> bool:
    """Arrays travel as their literals: `unnest` would take an array of arrays apart to the last element."""
    return isinstance(table.c[name].type, ARRAY)


def _literal(values: Sequence[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
