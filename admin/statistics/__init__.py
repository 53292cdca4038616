"""Statistics of the console: the explorer, the reports, bulletins, and the wall."""

from admin.statistics.bulletins import pages as bulletins
from admin.statistics.explorer import pages as explorer
from admin.statistics.reports import pages as reports
from admin.statistics.wall import pages as wall

__all__ = ["bulletins", "explorer", "reports", "wall"]
