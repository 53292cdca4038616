from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.core.clock import frozen_at
from tests.catalogue_world import NOON, World


@pytest.fixture
def world(session: Session) -> Iterator[World]:
    """A small world at noon of 2020-10-01."""
    with frozen_at(NOON):
        yield World(session)
