"""The shop of the tests of orders."""

from tests.service.orders.conftest import at_noon, heard, shop

__all__ = ["at_noon", "heard", "shop"]
