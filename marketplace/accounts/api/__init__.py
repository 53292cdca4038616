"""The routes of accounts, one blueprint; each file has those of one noun."""

from marketplace.accounts.api import own
from marketplace.accounts.api.blueprint import blueprint

__all__ = ["blueprint", "own"]
