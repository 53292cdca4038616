from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from marketplace.core.clock import frozen_at
from tests.catalogue_world import NOON


@pytest.fixture(autouse=True)
def noon(client: FlaskClient) -> Iterator[None]:
    """Every test of this folder takes place at noon of 2020-10-01."""
    with frozen_at(NOON):
        yield
