"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import interest, invoices, packs, receipts, refunds
from marketplace.payments.api.blueprint import blueprint

__all__ = ["blueprint", "interest", "invoices", "packs", "receipts", "refunds"]
