"""A producer of 白沙 with a buyer in 广州, and somebody of each side on pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketplace.core import files
from marketplace.core.clock import frozen_at
from marketplace.core.db import Database, transaction
from tests.orders_world import NOON, Shop, open_shop
from tests.support.visitors import Visitor, visitor

__all__ = ["visitor"]


@pytest.fixture(autouse=True)
def at_noon(tmp_path: Path) -> Iterator[None]:
    files.install(tmp_path)
    with frozen_at(NOON):
        yield


@pytest.fixture
def shop(database: Database) -> Shop:
    """Made by the services; its own session is over, so it is only asked for ids."""
    with transaction() as session:
        return open_shop(session, (4_900, 1_200))


@pytest.fixture
def seller(visitor: Callable[..., Visitor], shop: Shop) -> Visitor:
    return visitor("producer", organisation_id=shop.seller_actor.organisation_id)


@pytest.fixture
def order(shop: Shop) -> str:
    """The number of an order of two lines, 先货后款."""
    with transaction() as session:
        shop.session = session
        return shop.place((2, 3), payment_method="after_delivery").number
