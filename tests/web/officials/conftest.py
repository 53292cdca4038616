"""Officials' visits over the books of `tests.support.published`, committed: a snapshot is a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.core import db
from tests.support.published import AsRole, Office, open_office


@pytest.fixture
def books(app: Flask, as_role: AsRole, own_database: db.Database) -> Iterator[Office]:
    with open_office(app.test_client(), as_role) as opened:
        yield opened
