"""Organisations of one's area: the list, one with its place and filings, registering, changing; reserved shares to review."""

from admin.organisations.editing import pages as editing
from admin.organisations.filings import pages as filings
from admin.organisations.listing import pages as listing
from admin.organisations.one import pages as one

__all__ = ["editing", "filings", "listing", "one"]
