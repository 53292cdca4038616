"""Rows beside those that are there, what refuses them, and how much of a table was read for it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.core.embedded import OWNER_ROLE
from marketplace.core.migrate import APP_ROLE

NOBODY = str(uuid.UUID(int=0xDEAD))


def another_row(session: Session, table: str, changes: dict[str, Any]) -> None:
    """Insert a row as one that is there but for `changes`."""
    session.execute(
        sql(
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE"
            f" SELECT (jsonb_populate_record(one.whole, CAST(:changes AS jsonb))).*"
            f" FROM (SELECT t AS whole FROM {table} t LIMIT 1) one"
        ),
        {"changes": json.dumps(changes)},
    )


def many_rows(session: Session, table: str, count: int, own: str) -> None:
    """Insert so many rows as one that is there but for `own`, which makes JSON of the number `n` (of 1 to `count`)."""
    session.execute(
        sql(
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE"
            f" SELECT (jsonb_populate_record(one.whole, {own})).*"
            f" FROM (SELECT t AS whole FROM {table} t LIMIT 1) one, generate_series(1, :count) n"
        ),
        {"count": count},
    )


def assert_is_foreign_key(error: BaseException | None, table: str, constraint: str, parent: str) -> None:
    """What callers see of a row that refers to nothing: what a foreign key of that name would say."""
    assert isinstance(error, errors.ForeignKeyViolation)
    said = error.diag
    assert (f"{said.schema_name}.{said.table_name}", said.constraint_name) == (table, constraint)
    assert said.message_primary == (
        f'insert or update on table "{table.partition(".")[2]}" violates foreign key constraint "{constraint}"'
    )
    assert str(said.message_detail).endswith(f'is not present in table "{parent.partition(".")[2]}".')


def analyse(url: str, table: str) -> None:
    """Tell the planner how large a table is. `url` is the web role's, who may not."""
    with psycopg.connect(url.replace(APP_ROLE, OWNER_ROLE)) as connection:
        connection.execute(f"ANALYZE {table}")


def rows_read(session: Session, table: str) -> int:
    """Rows that this transaction has taken from a table or any of its indexes, by PostgreSQL's own count."""
    return int(
        session.execute(
            sql("""
                SELECT pg_stat_get_xact_tuples_returned(t.oid)
                     + (SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(i.indexrelid)), 0)
                        FROM pg_index i WHERE i.indrelid = t.oid)
                FROM pg_class t WHERE t.oid = CAST(:table AS regclass)
            """),
            {"table": table},
        ).scalar_one()
    )


def assert_refused_to_the_owner(url: str, statement: str, match: str) -> None:
    """The owner of the tables, who may do everything that no trigger refuses, may not do this. `url` is the web role's."""
    with psycopg.connect(url.replace(APP_ROLE, OWNER_ROLE)) as connection:
        with pytest.raises(errors.RestrictViolation, match=match):
            connection.execute(statement)
        connection.rollback()
