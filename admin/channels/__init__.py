"""Points of sale for officials and their operators: the list, one with its goods and devices, opening and changing, coverage."""

from admin.channels.coverage import pages as coverage
from admin.channels.editing import pages as editing
from admin.channels.listing import pages as listing
from admin.channels.one import pages as one

__all__ = ["coverage", "editing", "listing", "one"]
