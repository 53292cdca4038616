"""Rows of fixed width between PostgreSQL and numpy: a million households go through no Python object each.

Columns are bigint, instants, hashes or text of a known length (a month is always seven bytes), never NULL. In PostgreSQL's binary
format such rows are a flat array, big-endian; written by COPY, each has a field count, and each field its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from marketplace.core.copy_rows import COPY_HEAD, COPY_TAIL, EPOCH, driver_of

BIGINT: Final = ">i8"
MONTH: Final = "S7"
HASH: Final = "V32"
INSTANT: Final = ">i8"  # microseconds since the beginning of 2000, see `instant`


def read_rows(
    session: Session, query: str, parameters: Mapping[str, Any], columns: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """The rows of `query` (with ``%(name)s`` for its parameters) as one array per column; `columns` is name → type.

    In no order. They come as one value: a message for each row would take most of the time. Columns are bigints and months;
    ValueError when a row is not of the widths that `columns` says (a NULL, a longer text).
    """
    sent = " || ".join(
        f"int8send({name})" if kind == BIGINT else f"convert_to({name}, 'UTF8')"
        for name, kind in columns.items()
    )
    with driver_of(session).cursor(binary=True) as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(string_agg({sent}, ''::bytea), ''::bytea) FROM ({query}) q",  # noqa: S608 - our own
            parameters,
        )
        count, data = cursor.fetchone() or (0, b"")
    layout = np.dtype(list(columns.items()))
    if len(data) != count * layout.itemsize:
        raise ValueError("rows are not of one width")
    rows = np.frombuffer(data, layout)
    return {name: rows[name].astype(rows[name].dtype.newbyteorder("=")) for name in columns}


def write_rows(
    session: Session, table: str, columns: Mapping[str, str], parts: Iterable[NDArray[Any]]
) -> None:
    """COPY `parts`, arrays of `row_array` filled by column name, into `table`."""
    names = ", ".join(columns)
    with driver_of(session).cursor().copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as copy:
        copy.write(COPY_HEAD)
        for rows in parts:  # not concatenated: numpy would turn the bytes round
            copy.write(rows.tobytes())
        copy.write(COPY_TAIL)


def row_array(columns: Mapping[str, str], count: int) -> NDArray[Any]:
    """So many rows to be filled by column name, widths and field counts set."""
    rows = np.zeros(count, _layout(columns))
    rows["fields"] = len(columns)
    for name, kind in columns.items():
        rows[f"{name} width"] = np.dtype(kind).itemsize
    return rows


def instant(value: datetime) -> int:
    """An aware instant as PostgreSQL keeps it: microseconds since the beginning of 2000, UTC."""
    return (value - EPOCH) // timedelta(microseconds=1)


def _layout(columns: Mapping[str, str]) -> np.dtype[Any]:
    fields = [("fields", ">i2")]
    for name, kind in columns.items():
        fields += [(f"{name} width", ">i4"), (name, kind)]
    return np.dtype(fields)
