"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import (
    allocation,
    balances,
    bank_statements,
    books,
    collection,
    declarations,
    interest,
    invoice_requests,
    invoices,
    packs,
    payment_notices,
    payouts,
    receipts,
    refunds,
    settlements,
)
from marketplace.payments.api.blueprint import (
    blueprint,
)

__all__ = [
    "allocation",
    "balances",
    "bank_statements",
    "blueprint",
    "books",
    "collection",
    "declarations",
    "interest",
    "invoice_requests",
    "invoices",
    "packs",
    "payment_notices",
    "payouts",
    "receipts",
    "refunds",
    "settlements",
]
