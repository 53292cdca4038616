"""Rows of a table as one parameter of a statement, so that several tables are written by one round trip.

A hundred and forty parameters of their own cost the client more than the server needs to read one JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from marketplace.core.db import Base, table_of


def plain_defaults(model: type[Base]) -> dict[str, Any]:
    """What columns of a mapped class hold when a row does not say: those whose default is one value."""
    return {
        column.name: column.default.arg
        for column in table_of(model).columns
        if isinstance(column.default, ScalarElementColumnDefault)
    }


class JsonRows:
    """How rows of a mapped class are sent and inserted. Every column without a default or Identity that a row lacks is NULL."""

    def __init__(self, model: type[Base]) -> None:
        table = table_of(model)
        self.table = table.fullname
        self.columns = ", ".join(column.name for column in table.columns if column.identity is None)
        self._plain = plain_defaults(model)
        self._made: dict[str, Any] = {
            column.name: column.default.arg
            for column in table.columns
            if isinstance(column.default, CallableColumnDefault) and not column.primary_key
        }

    def insert(self, parameter: str) -> str:
        """The text of an INSERT of the rows that `dump` put into the named parameter."""
        return (
            f"INSERT INTO {self.table} ({self.columns}) SELECT {self.columns} "  # noqa: S608 - names of the code
            f"FROM json_populate_recordset(NULL::{self.table}, CAST(:{parameter} AS json))"
        )

    def dump(self, rows: Iterable[Mapping[str, Any]]) -> str:
        """The rows (ids given) with the mapped class's own defaults, as JSON text; bytes as PostgreSQL reads them."""
        made = {name: make(None) for name, make in self._made.items()}
        return orjson.dumps([{**self._plain, **made, **row} for row in rows], default=_bytea).decode()


def _bytea(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"no JSON for {type(value).__name__}")
