"""A county with its books, and an officer who hands over."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.core import pairings
from tests.support.handing_over import Office, open_office
from tests.support.wired import books, wired, world

__all__ = ["books", "office", "pairings_forgotten", "wired", "world"]


@pytest.fixture
def office(session: Session) -> Office:
    return open_office(session)


@pytest.fixture(autouse=True)
def pairings_forgotten() -> Iterator[None]:
    pairings.forget_ends()
    yield
    pairings.forget_ends()
