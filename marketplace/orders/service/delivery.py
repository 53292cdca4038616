"""Where the goods of an order go, read from its sealed cell. The caller has checked who may know, and records it."""

from __future__ import annotations

import orjson

from marketplace.core.privacy import Cell, vault
from marketplace.orders.models import SalesOrder


def read_deliver_to(order: SalesOrder) -> dict[str, str]:
    """Area, name, telephone and address; empty for an order without one."""
    if order.deliver_to_enc is None:
        return {}
    cell = Cell("orders.sales_order", "deliver_to_enc", order.id)
    found: dict[str, str] = orjson.loads(vault().decrypt(cell, order.deliver_to_enc))
    return found
