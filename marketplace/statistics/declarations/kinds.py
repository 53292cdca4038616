"""Which reports are declared month by month, and with which figures. Titles are the reports' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marketplace.core.errors import Invalid
from marketplace.statistics.reports import report


@dataclass(frozen=True)
class DeclaredReport:
    """A report that units owe: its code, the sums of money (fen) that are declared, and the side of an entry that places it.

    `side` is the column of `attribution.entry` by which an authority's area is asked: where goods come from, or where they are
    sold. An operator is always asked by its points of sale.
    """

    code: str
    measures: tuple[str, ...]
    side: str

    @property
    def title_zh(self) -> str:
        """As the report is called."""
        return report(self.code).title_zh


DECLARED_REPORTS: Final[tuple[DeclaredReport, ...]] = (
    DeclaredReport(
        "R1", ("sales", "aid_sales", "consumption_aid_amount", "own_purchase", "brokered_sale"), "origin_area"
    ),
    DeclaredReport("R3", ("sales", "aid_sales", "ordinary_sales"), "channel_area"),
)
REPORT_CODES: Final = tuple(one.code for one in DECLARED_REPORTS)
_BY_CODE: Final = {one.code: one for one in DECLARED_REPORTS}


def declared_report(code: str) -> DeclaredReport:
    """The declared report of that code; Invalid (`declared_report`) for any other."""
    if code not in _BY_CODE:
        raise Invalid(
            "declared_report", f"没有填报表 {code[:20]}", pointer="/report", known=list(REPORT_CODES)
        )
    return _BY_CODE[code]
