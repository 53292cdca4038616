"""Entries in great number, one after the other as column name → value: what the hash chain is made of and checked against.

Read by a server-side cursor of the driver: memory stays bounded, and no row passes through the mapper. UUIDs and instants come as
the canonical bytes write them: as text, instants in UTC with microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from psycopg import ServerCursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader
from sqlalchemy.orm import Session

from marketplace.attribution.canonical import instant_of_text
from marketplace.attribution.models import Entry
from marketplace.core.copy_rows import driver_of

CHUNK: Final = 5_000
#: By name, as the canonical bytes have them: to sort what is sorted takes half the time.
COLUMNS: Final = ", ".join(f"e.{name}" for name in sorted(Entry.__table__.columns.keys()))


class _Instant(Loader):
    """A timestamptz as the canonical bytes have it. Of a batch's entries many say the same instant."""

    def load(self, data: Buffer) -> str:
        return _written(bytes(data))


_written = lru_cache(maxsize=CHUNK)(instant_of_text)


@contextmanager
def stream(session: Session, query: str, parameters: Mapping[str, Any]) -> Iterator[Iterator[dict[str, Any]]]:
    """The rows of `query` (driver's placeholders, ``%(name)s``), to be read within the block."""
    driver = driver_of(session)
    driver.execute("SET LOCAL cursor_tuple_fraction = 1")  # all rows will be read
    with ServerCursor(driver, "attribution_stream", row_factory=dict_row) as cursor:
        cursor.adapters.register_loader("uuid", TextLoader)
        cursor.adapters.register_loader("timestamptz", _Instant)
        cursor.itersize = CHUNK
        yield iter(cursor.execute(query, parameters))
