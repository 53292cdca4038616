"""The routes of accounts, one blueprint; each file has those of one noun."""

from marketplace.accounts.api import (
    approvals,
    exports,
    filings,
    inbox,
    organisations,
    own,
    people,
    unit_people,
)
from marketplace.accounts.api.blueprint import blueprint

__all__ = [
    "approvals",
    "blueprint",
    "exports",
    "filings",
    "inbox",
    "organisations",
    "own",
    "people",
    "unit_people",
]
