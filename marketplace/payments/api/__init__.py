"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import (
    books,
    collection,
    declarations,
    interest,
    invoice_requests,
    invoices,
    packs,
    payouts,
    receipts,
    refunds,
    settlements,
)
from marketplace.payments.api.blueprint import (
    blueprint,
)

__all__ = [
    "blueprint",
    "books",
    "collection",
    "declarations",
    "interest",
    "invoice_requests",
    "invoices",
    "packs",
    "payouts",
    "receipts",
    "refunds",
    "settlements",
]
