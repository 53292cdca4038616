"""A county in the test's transaction, keys for personal cells, and the composition that hears facts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core import privacy
from marketplace.core.privacy import TextKeys, Vault, new_keys
from tests.support.certification import County, at


@pytest.fixture(autouse=True)
def composed() -> None:
    compose()
    privacy.install(Vault(TextKeys(new_keys())))


@pytest.fixture
def county(session: Session) -> Iterator[County]:
    with at(2020, 5, 28):
        yield County(session)
