"""A cabinet at noon of 2020-10-01, with the real ledger listening."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core import privacy
from marketplace.core.clock import frozen_at
from marketplace.core.settings import Settings
from tests.catalogue_world import NOON
from tests.support.reporting_device import Cabinet, open_cabinet


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    compose()
    privacy.install(
        privacy.Vault(
            privacy.keys_from_settings(
                Settings(encryption_keys="1:" + "11" * 32, index_key="22" * 32, secret_key="test")
            )
        )
    )
    with frozen_at(NOON):
        yield


@pytest.fixture
def cabinet(session: Session) -> Cabinet:
    return open_cabinet(session)
