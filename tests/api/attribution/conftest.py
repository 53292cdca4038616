"""The books of `tests.support.published`, in the test's savepoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.support.published import AsRole, Office, open_office


@pytest.fixture
def office(client: FlaskClient, as_role: AsRole) -> Iterator[Office]:
    with open_office(client, as_role) as opened:
        yield opened
