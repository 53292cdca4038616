from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.app import compose
from marketplace.core.clock import frozen_at
from search.engines.postgresql import PostgresqlEngine
from search.engines.registry import Engines, alone, install
from tests.catalogue_world import NOON
from tests.support.searching import Remote
from wsgi import FEATURES


@pytest.fixture(autouse=True)
def wired() -> Iterator[None]:
    """PostgreSQL alone, at noon of 2020-10-01, with every handler of the application."""
    compose(FEATURES)
    install(alone(PostgresqlEngine()))
    with frozen_at(NOON):
        yield
    install(alone(PostgresqlEngine()))


@pytest.fixture
def remote() -> Remote:
    """A second engine, which is asked first and written last."""
    embedded, second = PostgresqlEngine(), Remote()
    install(Engines((embedded, second), second, embedded))
    return second
