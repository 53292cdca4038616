"""Fixtures of tests that stand on the county and its books: facts wired, keys installed, the clock at 2020-09-15."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.privacy import TextKeys, Vault, install, new_keys
from tests.support.books import Books
from tests.support.county import World, make_world


@pytest.fixture(autouse=True)
def wired() -> Iterator[None]:
    compose()
    install(Vault(TextKeys(new_keys())))
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def books(session: Session, world: World) -> Books:
    return Books(session, world)
