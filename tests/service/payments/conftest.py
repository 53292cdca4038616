"""The shop of the tests of orders, and the same with payments online."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.orders_world import Heard, open_shop
from tests.service.orders.conftest import at_noon, heard, shop
from tests.support.fake_stripe import FakeStripe
from tests.support.online_shop import Till, open_account, stripe_at_hand

__all__ = ["at_noon", "heard", "shop", "till"]


@pytest.fixture
def till(session: Session, heard: Heard) -> Iterator[Till]:
    shop = open_shop(session, units=10_000)
    fake = FakeStripe()
    with stripe_at_hand(fake):
        assert shop.seller_actor.organisation_id is not None
        open_account(shop.seller_actor.organisation_id)
        yield Till(shop, fake)
