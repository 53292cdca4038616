"""A shop of three listings at noon of 2020-10-01, and what orders told the ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core.clock import frozen_at
from tests.orders_world import NOON, Heard, Shop, open_shop


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with frozen_at(NOON):
        yield
    compose()


@pytest.fixture
def heard() -> Heard:
    record = Heard()
    record.compose()
    return record


@pytest.fixture
def shop(session: Session, heard: Heard) -> Shop:
    return open_shop(session, (4_900, 5_900, 6_900))
