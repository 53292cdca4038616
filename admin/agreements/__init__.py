"""Linkage agreements for the offices that decide them: the list, versions with their differences, the decision, payments."""

from admin.agreements.deciding import pages as deciding
from admin.agreements.listing import pages as listing
from admin.agreements.one import pages as one
from admin.agreements.payments import pages as payments

__all__ = ["deciding", "listing", "one", "payments"]
