"""Rows of fixed width between PostgreSQL and numpy by binary COPY: a million households go through no Python object each.

Columns are bigint or text of a known length (a month is always seven bytes), never NULL. In PostgreSQL's binary format such rows
are a flat array: a field count, then length and value of each field, big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.orm import Session

BIGINT: Final = ">i8"
MONTH: Final = "S7"

_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TAIL: Final = struct.pack(">h", -1)


def read_rows(
    session: Session, query: str, parameters: Mapping[str, Any], columns: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """The rows of `query` (with ``%(name)s`` for its parameters) as one array per column; `columns` is name → type.

    ValueError when a row is not of the widths that `columns` says (a NULL, an integer that is no bigint).
    """
    with _cursor(session).copy(f"COPY ({query}) TO STDOUT (FORMAT binary)", parameters) as copy:
        data = b"".join(copy)
    layout = _layout(columns)
    count, rest = divmod(len(data) - len(_HEAD) - len(_TAIL), layout.itemsize)
    if rest:
        raise ValueError("rows are not of one width")
    rows = np.frombuffer(data, layout, count, len(_HEAD))
    for name, kind in columns.items():
        if not (rows[f"{name} width"] == np.dtype(kind).itemsize).all():
            raise ValueError(f"{name} is not of one width")
    return {name: rows[name].astype(rows[name].dtype.newbyteorder("=")) for name in columns}


def write_rows(
    session: Session, table: str, columns: Mapping[str, str], parts: Iterable[NDArray[Any]]
) -> None:
    """COPY `parts`, arrays of `row_array` filled by column name, into `table`."""
    names = ", ".join(columns)
    with _cursor(session).copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as copy:
        copy.write(_HEAD)
        for rows in parts:  # not concatenated: numpy would turn the bytes round
            copy.write(rows.tobytes())
        copy.write(_TAIL)


def row_array(columns: Mapping[str, str], count: int) -> NDArray[Any]:
    """So many rows to be filled by column name, widths and field counts set."""
    rows = np.zeros(count, _layout(columns))
    rows["fields"] = len(columns)
    for name, kind in columns.items():
        rows[f"{name} width"] = np.dtype(kind).itemsize
    return rows


def _layout(columns: Mapping[str, str]) -> np.dtype[Any]:
    fields = [("fields", ">i2")]
    for name, kind in columns.items():
        fields += [(f"{name} width", ">i4"), (name, kind)]
    return np.dtype(fields)


def _cursor(session: Session) -> psycopg.Cursor[Any]:
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("psycopg 3 expected")
    return driver.cursor()
