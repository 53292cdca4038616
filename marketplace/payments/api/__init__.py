"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import (
    allocation,
    balances,
    bank_statements,
    books,
    collection,
    declarations,
    gateway_accounts,
    interest,
    invoice_requests,
    invoices,
    online,
    packs,
    payment_notices,
    payout_lines,
    payouts,
    receipts,
    refunds,
    settlements,
    webhooks,
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
    "gateway_accounts",
    "interest",
    "invoice_requests",
    "invoices",
    "online",
    "packs",
    "payment_notices",
    "payout_lines",
    "payouts",
    "receipts",
    "refunds",
    "settlements",
    "webhooks",
]
