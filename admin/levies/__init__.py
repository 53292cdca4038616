"""帮扶金: what operators owe the aid fund as both sides sign it, and how it is paid."""

from admin.levies.dues import pages as dues
from admin.levies.paying import pages as paying
from admin.levies.statements import pages as statements

PAGES = (dues, paying, statements)

__all__ = ["PAGES"]
