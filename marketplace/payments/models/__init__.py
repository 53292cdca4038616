"""The tables of payments, one file per subject."""

from marketplace.payments.models.books import Transfer
from marketplace.payments.models.invoices import (
    Invoice,
    InvoiceDeclaration,
    InvoiceFile,
    InvoiceLine,
    InvoiceRequest,
    InvoiceRequestOrder,
)
from marketplace.payments.models.received import Payment
from marketplace.payments.models.refunds import Refund

__all__ = [
    "Invoice",
    "InvoiceDeclaration",
    "InvoiceFile",
    "InvoiceLine",
    "InvoiceRequest",
    "InvoiceRequestOrder",
    "Payment",
    "Refund",
    "Transfer",
]
