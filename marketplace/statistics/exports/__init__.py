"""What of statistics can be exported by a job (`accounts.service.exports`): answers, reports, the entries behind a figure.

They take the same parameters as their routes, the area as the export's own, and no household is named in them. A new one is a
file here and a line in `marketplace.wiring`.
"""

from marketplace.statistics.exports.answers import STATISTICS
from marketplace.statistics.exports.entries import ENTRIES
from marketplace.statistics.exports.reports import REPORT

__all__ = ["ENTRIES", "REPORT", "STATISTICS"]
