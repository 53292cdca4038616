"""Entries on their way from PostgreSQL to columns: by COPY into a CSV file, which DuckDB reads with declared types."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.orm import Session

from marketplace.core.copy_rows import driver_of
from marketplace.statistics.segments.layout import COLUMNS, sent

_BUFFER: Final = 1 << 20
_SENT: Final = ", ".join(sent(name) for name in COLUMNS)
LINKED: Final = f"SELECT {_SENT} FROM attribution.link l JOIN attribution.entry e ON e.entry_no = l.entry_no"  # noqa: S608
UNLINKED: Final = (
    f"SELECT {_SENT} FROM attribution.entry e WHERE NOT EXISTS"  # noqa: S608 - the columns of the layout
    " (SELECT 1 FROM attribution.link l WHERE l.entry_no = e.entry_no AND l.entry_no > %(settled)s)"
    " AND e.entry_no > %(settled)s"
)


def copy_entries(session: Session, query: str, parameters: Mapping[str, Any], into: Path) -> int:
    """Write the rows of `query` (with ``%(name)s``) to a CSV file; its size in bytes, 0 when there are none.

    Asked of libpq itself: psycopg's own loop waits on the socket for every row, which is half of the time of a copy. A failure
    is raised as psycopg would (`psycopg.Error`), with the transaction failed.
    """
    driver = driver_of(session)
    server = driver.pgconn
    if server.transaction_status == TransactionStatus.IDLE:
        driver.execute("SELECT 1")  # psycopg begins the transaction, in which the copy then runs
    asked = psycopg.ClientCursor(driver).mogrify(f"COPY ({query}) TO STDOUT (FORMAT csv)", parameters)
    begun = server.exec_(asked.encode())
    if begun.status != ExecStatus.COPY_OUT:
        raise error_from_result(begun)
    next_row = server.get_copy_data
    with into.open("wb", buffering=_BUFFER) as file:
        while True:
            size, row = next_row(0)
            if size < 0:
                break
            file.write(row)
    while (ended := server.get_result()) is not None:
        if ended.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(ended)
    return into.stat().st_size


def reading(file: Path) -> str:
    """DuckDB's words for the rows of such a file. An empty text and NULL are told apart as PostgreSQL writes them."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    return (
        f"read_csv('{file}', columns={{{columns}}}, header=false, auto_detect=false, delim=',', quote='\"',"
        " escape='\"', nullstr='', allow_quoted_nulls=false, max_line_size=65536)"
    )
