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


def alone(engine: Engine) -> Engines:
    """That engine for everything."""
    return Engines((engine,), engine, engine)


def install(engines: Engines) -> None:
    """Replace the engines of this process."""
    _current[:] = [engines]


def engines() -> Engines:
    """The engines; PostgreSQL alone when nothing else was installed."""
    if not _current:
        install(alone(PostgresqlEngine()))
    return _current[0]
