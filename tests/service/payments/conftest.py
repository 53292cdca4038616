"""The shop of the tests of orders, its producer's bank account, and a till that settles with its producer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.accounts.models import Organisation
from marketplace.core.clock import frozen_at
from tests.orders_world import Heard, Shop
from tests.service.orders.conftest import at_noon, heard, shop
from tests.support.banking import AFTERNOON, register
from tests.support.settling import Till, hear_money

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


@pytest.fixture
def till(shop: Shop, heard: Heard) -> Till:
    """The producer is paid through a supervised account from now on, into its own account."""
    hear_money(heard)
    till = Till(shop)
    till.supervise()
    till.open_account()
    return till
