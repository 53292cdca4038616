"""Accounts for the security administrator: the list, one with its roles, sessions and tokens, opening and resetting."""

from admin.accounts.listing import pages as listing
from admin.accounts.one import pages as one
from admin.accounts.opening import pages as opening

__all__ = ["listing", "one", "opening"]
