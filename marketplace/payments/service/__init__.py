"""The use cases of payments, one file each. Session first, then the actor; they flush, and raising rolls everything back."""

from marketplace.payments.service import collection, matching, statements
from marketplace.payments.service.invoices import record_invoice
from marketplace.payments.service.receipts import payments_of, record_transfer
from marketplace.payments.service.refunds import confirm_refund, owe_refund, refunds_seen
from marketplace.payments.service.worth import book_orders, book_revaluation

__all__ = [
    "book_orders",
    "book_revaluation",
    "collection",
    "confirm_refund",
    "matching",
    "owe_refund",
    "payments_of",
    "record_invoice",
    "record_transfer",
    "refunds_seen",
    "statements",
]
