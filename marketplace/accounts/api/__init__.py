"""The routes of accounts, one blueprint; each file has those of one noun."""

from marketplace.accounts.api import approvals, filings, inbox, organisations, own, people
from marketplace.accounts.api.blueprint import blueprint

__all__ = ["approvals", "blueprint", "filings", "inbox", "organisations", "own", "people"]
