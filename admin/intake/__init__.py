"""数据接入: sales made elsewhere, from the files and devices that report them to what both sides sign."""

from admin.intake.batches import pages as batches
from admin.intake.boards import pages as boards
from admin.intake.duplicates import pages as duplicates
from admin.intake.findings import pages as findings
from admin.intake.health import pages as health
from admin.intake.keys import pages as keys
from admin.intake.overview import pages as overview
from admin.intake.pledges import pages as pledges
from admin.intake.purchases import pages as purchases
from admin.intake.quarantine import pages as quarantine
from admin.intake.shares import pages as shares
from admin.intake.uploads import pages as uploads

PAGES = (
    overview,
    batches,
    uploads,
    quarantine,
    boards,
    duplicates,
    purchases,
    pledges,
    health,
    keys,
    findings,
    shares,
)

__all__ = ["PAGES"]
