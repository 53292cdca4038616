"""The desk from which the API of orders and payments is tried."""

from tests.orders_desk import at_noon, desk

__all__ = ["at_noon", "desk"]
