"""The routes of payments, one blueprint; each file has those of one noun."""

from marketplace.payments.api import gateway_accounts, invoices, online, receipts, refunds, webhooks
from marketplace.payments.api.blueprint import blueprint

__all__ = ["blueprint", "gateway_accounts", "invoices", "online", "receipts", "refunds", "webhooks"]
