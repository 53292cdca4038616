"""The shop of the tests of orders, and a till that settles with its producer."""

import pytest

from tests.orders_world import Heard, Shop
from tests.service.orders.conftest import at_noon, heard, shop
from tests.support.settling import Till, hear_money

__all__ = ["at_noon", "heard", "shop"]


@pytest.fixture
def till(shop: Shop, heard: Heard) -> Till:
    """The producer is paid through a supervised account from now on, into its own account."""
    hear_money(heard)
    till = Till(shop)
    till.supervise()
    till.open_account()
    return till
