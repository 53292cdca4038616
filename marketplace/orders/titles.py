"""What the states and the history of an order are called on papers and pages, in one place for who shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.orders.history import EVENT_TITLES
from marketplace.orders.rules import INVOICE_TITLES, ORDER, PAYMENT, RETURN

__all__ = ["EVENT_TITLES", "INVOICE_TITLES", "ORDER_TITLES", "PAYMENT_TITLES", "RETURN_TITLES"]

ORDER_TITLES: Final[Mapping[str, str]] = ORDER.titles
PAYMENT_TITLES: Final[Mapping[str, str]] = PAYMENT.titles
RETURN_TITLES: Final[Mapping[str, str]] = RETURN.titles
