"""The shop of the tests of orders, and its producer's bank account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.accounts.models import Organisation
from marketplace.core.clock import frozen_at
from tests.orders_world import Shop
from tests.service.orders.conftest import at_noon, heard, shop
from tests.support.banking import AFTERNOON, register

__all__ = ["afternoon", "at_noon", "bank", "heard", "shop"]


@pytest.fixture
def afternoon(at_noon: None) -> Iterator[None]:
    """Four hours after the orders were placed: what a statement of the day shows has arrived."""
    with frozen_at(AFTERNOON):
        yield


@pytest.fixture
def bank(shop: Shop) -> Organisation:
    """The producer, with a registered account."""
    return register(shop.session, shop.seller_actor.organisation_id)
