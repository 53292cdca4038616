"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import invoices, receipts, refunds
from marketplace.payments.api.blueprint import blueprint

__all__ = ["blueprint", "invoices", "receipts", "refunds"]
