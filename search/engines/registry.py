"""Which engines this process writes to, and which one it asks. Set once by the composition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import Engine


@dataclass(frozen=True)
class Engines:
    """`written`: every engine that must follow the rows; `asked`: the one that answers, `fallback` when it cannot."""

    written: Sequence[Engine]
    asked: Engine
    fallback: Engine


_current: list[Engines] = []


def install(engines: Engines) -> None:
    """Replace the engines of this process."""
    _current[:] = [engines]


def engines() -> Engines:
    """The engines; PostgreSQL alone when nothing else was installed."""
    if not _current:
        embedded = PostgresqlEngine()
        install(Engines((embedded,), embedded, embedded))
    return _current[0]


def engine(code: str) -> Engine:
    """The engine of that code among those written to; LookupError when it is not configured."""
    for one in engines().written:
        if one.code == code:
            return one
    raise LookupError(f"no engine {code} is configured")
