"""Writing several lines of an order at once: one statement, not one for each line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Update, Uuid, bindparam, func, update
from sqlalchemy.dialects.postgresql import ARRAY
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
    given = {f"{name}_of": list(column) for name, column in values.items()}
    session.connection().execute(_statement(tuple(values)), given | {"ids": [line.id for line in lines]})
    for name, column in values.items():
        for line, value in zip(lines, column, strict=True):
            set_committed_value(line, name, value)


@cache
def _statement(names: tuple[str, ...]) -> Update:
    table = table_of(OrderLine)
    arrays = (bindparam(f"{name}_of", type_=ARRAY(table.c[name].type)) for name in names)
    given = (
        func.unnest(bindparam("ids", type_=ARRAY(Uuid())), *arrays)
        .table_valued("id", *names, name="given")
        .render_derived(name="given")
    )
    return update(table).where(table.c.id == given.c.id).values({name: given.c[name] for name in names})
