"""A county in the test's transaction."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.support.certification import County, at


@pytest.fixture
def county(session: Session) -> Iterator[County]:
    with at(2020, 5, 28):
        yield County(session)
