"""Officials' visits over the books of `tests.support.published`, committed: a snapshot is a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from marketplace.core import db
from tests.support.published import AsRole, Office, open_office
from tests.support.reporting_shop import Shop
from tests.support.visitors import Visitor


@pytest.fixture
def operator(shop: Shop, visitor: Callable[..., Visitor]) -> Visitor:
    """Whoever acts for the operator of the test's point of sale."""
    return visitor("channel_operator", organisation_id=shop.channel.operator_id)


@pytest.fixture
def books(app: Flask, as_role: AsRole, own_database: db.Database) -> Iterator[Office]:
    with open_office(app.test_client(), as_role) as opened:
        yield opened
