"""Which engine a benchmark of search measures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from marketplace.core.settings import Settings
from search.engines.postgresql import PostgresqlEngine
from search.engines.registry import Engines, install

ENGINES: Final = ("postgresql", "elasticsearch")


@contextmanager
def engine_for(code: str, settings: Settings) -> Iterator[None]:
    """Install the engine for this process."""
    embedded = PostgresqlEngine()
    if code == "postgresql":
        install(Engines((embedded,), embedded, embedded))
        yield
        return
    raise SystemExit("Elasticsearch is not wired yet")
