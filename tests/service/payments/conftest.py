"""The shop of the tests of orders, its producer's bank account, a till that settles with its producer, and a shop paid online."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core.clock import frozen_at
from tests.orders_world import Heard, Shop, open_shop
from tests.service.orders.conftest import at_noon, heard, shop
from tests.support.banking import AFTERNOON, register
from tests.support.fake_stripe import FakeStripe
from tests.support.online_shop import Till as OnlineTill
from tests.support.online_shop import open_account, stripe_at_hand
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


@pytest.fixture
def paying(session: Session, heard: Heard) -> Iterator[OnlineTill]:
    """A shop whose buyers pay by Stripe, and the stand-in for it."""
    shop = open_shop(session, units=10_000)
    fake = FakeStripe()
    with stripe_at_hand(fake):
        assert shop.seller_actor.organisation_id is not None
        open_account(shop.seller_actor.organisation_id)
        yield OnlineTill(shop, fake)
