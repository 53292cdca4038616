"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import declarations, invoice_requests, invoices, receipts, refunds
from marketplace.payments.api.blueprint import blueprint

__all__ = ["blueprint", "declarations", "invoice_requests", "invoices", "receipts", "refunds"]
