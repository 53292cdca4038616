"""Statistics of the console: the explorer, the reports, bulletins, and the wall."""

from admin.statistics.bulletins import pages as bulletins
from admin.statistics.explorer import pages as explorer
from admin.statistics.reports import pages as reports
from admin.statistics.saved import pages as saved
from admin.statistics.wall import pages as wall
from admin.statistics.wall import screen

__all__ = ["bulletins", "explorer", "reports", "saved", "screen", "wall"]
