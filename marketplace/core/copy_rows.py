"""Many rows of a table as one COPY in PostgreSQL's binary format: nothing is written as text here and read as text there.

For rows that nobody else can be writing: COPY cannot leave out what is there already, so one that is there ends the transaction.
Rows are turned into columns, and each object of a column is packed once: of a batch's sales most dimensions are the same objects.
Columns that are one object throughout stand together before the others, as one piece of every row; columns that rows have in
common with some others can come as one object, which is packed once as one piece as well.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, repeat
from operator import is_
from typing import Any, Final

import orjson
import psycopg
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, LargeBinary, SmallInteger, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from marketplace.core.db import Base, table_of

COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
COPY_TAIL: Final = struct.pack(">h", -1)
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NULL: Final = struct.pack(">i", -1)
_TEXT_TYPE: Final = 25  # PostgreSQL's number of the type text
_MICROSECOND: Final = timedelta(microseconds=1)
_length: Final = struct.Struct(">i").pack
_bigint: Final = struct.Struct(">iq").pack
_smallint: Final = struct.Struct(">ih").pack


def _sized(value: bytes) -> bytes:
    return _length(len(value)) + value


def _texts(values: Sequence[str]) -> bytes:
    """An array of one dimension, or PostgreSQL's empty one."""
    if not values:
        return _sized(struct.pack(">iii", 0, 0, _TEXT_TYPE))
    head = struct.pack(">iiiii", 1, 0, _TEXT_TYPE, len(values), 1)
    return _sized(head + b"".join(_sized(one.encode()) for one in values))


def _uuid(value: uuid.UUID) -> bytes:
    return b"\0\0\0\x10" + value.int.to_bytes(16)


#: By the type of a column; the first that fits.
_PACK: Final[tuple[tuple[type[Any], Callable[[Any], bytes]], ...]] = (
    (ARRAY, _texts),
    (JSONB, lambda value: _sized(b"\x01" + orjson.dumps(value))),
    (Uuid, _uuid),
    (BigInteger, partial(_bigint, 8)),
    (SmallInteger, partial(_smallint, 2)),
    (Boolean, lambda value: b"\0\0\0\x01\x01" if value else b"\0\0\0\x01\0"),
    (DateTime, lambda value: _bigint(8, (value - EPOCH) // _MICROSECOND)),
    (LargeBinary, _sized),
    (Text, lambda value: _sized(value.encode())),
)


class CopyRows:
    """How rows of a mapped class are written. ValueError for a column of a type that this cannot pack.

    `own`: the columns that each row says for itself; it has the others in common with some rows, in one mapping of theirs.
    """

    def __init__(self, model: type[Base], own: Sequence[str] | None = None) -> None:
        table = table_of(model)
        packs = {column.name: _pack_of(column) for column in table.columns if column.identity is None}
        #: What a row holds, in order: every column but an Identity. Where `own` are given: these, and last the mapping.
        self.names = tuple(packs if own is None else own)
        self._table = table.fullname
        self._head = struct.pack(">h", len(packs))
        self._columns = [(name, packs.pop(name)) for name in self.names]
        if packs:
            self._columns.append((", ".join(packs), _piece(packs)))

    def write(self, session: Session, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, each with a value for every one of `names`, in that order, and what it has in common with others.

        psycopg's own error when a constraint refuses one; the transaction is over then, as after any error of a statement.
        """
        columns = list(zip(*rows, strict=True))
        if not columns:
            return
        head, same, others, packed = self._head, [], [], []
        for (name, pack), column in zip(self._columns, columns, strict=True):
            if all(map(is_, column, repeat(column[0]))):
                same.append(name)
                head += b"".join(_packed(pack, column[:1]))
            else:
                others.append(name)
                packed.append(_packed(pack, column))
        lines = chain.from_iterable(zip(repeat(head, len(columns[0])), *packed, strict=True))
        statement = f"COPY {self._table} ({', '.join([*same, *others])}) FROM STDIN (FORMAT binary)"
        with driver_of(session).cursor().copy(statement) as copy:
            copy.write(b"".join([COPY_HEAD, *lines, COPY_TAIL]))


def _pack_of(column: Column[Any]) -> Callable[[Any], bytes]:
    pack = next((how for kind, how in _PACK if isinstance(column.type, kind)), None)
    if pack is None:
        raise ValueError(f"{column.table}.{column.name}: no binary form of {column.type}")
    return pack


def _piece(packs: Mapping[str, Callable[[Any], bytes]]) -> Callable[[Mapping[str, Any]], bytes]:
    """Several columns of a row as one: what a mapping says of each, in their order. KeyError for one that it does not name."""

    def pack(values: Mapping[str, Any]) -> bytes:
        return b"".join(
            _NULL if (value := values[name]) is None else pack_one(value) for name, pack_one in packs.items()
        )

    return pack


def _packed(pack: Callable[[Any], bytes], column: Sequence[Any]) -> Iterable[bytes]:
    """Every value of a column, packed; the column keeps its objects alive, so that their ids are theirs alone."""
    ids = list(map(id, column))
    objects = dict(zip(ids, column, strict=True))
    if 2 * len(objects) > len(
        ids
    ):  # most are objects of their own: to remember them is dearer than to pack a few twice
        return [_NULL if value is None else pack(value) for value in column]
    forms = {one: _NULL if value is None else pack(value) for one, value in objects.items()}
    return map(forms.__getitem__, ids)


def driver_of(session: Session) -> psycopg.Connection[Any]:
    """The driver's own connection beneath a session, in its transaction: for COPY and server-side cursors."""
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("psycopg 3 expected")
    return driver
