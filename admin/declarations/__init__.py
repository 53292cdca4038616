"""填报: what units declare month by month, who has reported, and the month's total on its way upward."""

from admin.declarations.exclusions import pages as exclusions
from admin.declarations.feeds import pages as feeds
from admin.declarations.filing import pages as filing
from admin.declarations.reporting import pages as reporting
from admin.declarations.totals import pages as totals

PAGES = (filing, reporting, exclusions, totals, feeds)

__all__ = ["PAGES"]
