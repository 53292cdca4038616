"""Households, masked: the list, one with its history and agreements, and the audited readings of what stands in full."""

from admin.households.listing import pages as listing
from admin.households.one import pages as one
from admin.households.reading import pages as reading
from admin.households.registering import pages as registering

__all__ = ["listing", "one", "reading", "registering"]
