"""A county with a producer, its clerk, the county's officer and some households."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.privacy import TextKeys, Vault, install, new_keys
from tests.support.county import World, make_world


@pytest.fixture(autouse=True)
def _wired() -> Iterator[None]:
    compose()
    install(Vault(TextKeys(new_keys())))
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def count(session: Session) -> Callable[[Any], int]:
    """Rows of a table."""

    def rows(model: Any) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

    return rows
