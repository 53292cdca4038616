"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import (
    allocation,
    balances,
    invoices,
    payment_notices,
    receipts,
    refunds,
    statements,
)
from marketplace.payments.api.blueprint import blueprint

__all__ = [
    "allocation",
    "balances",
    "blueprint",
    "invoices",
    "payment_notices",
    "receipts",
    "refunds",
    "statements",
]
