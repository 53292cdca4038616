"""The reports, one file each, named in one plain tuple. A new report is a new file and a word here."""

from __future__ import annotations

from typing import Final

from marketplace.core.errors import NotFound
from marketplace.statistics.reports.coverage import CoverageReport
from marketplace.statistics.reports.protocol import Column, Report, ReportRequest, ReportTable
from marketplace.statistics.reports.r1_monthly import MonthlyReport
from marketplace.statistics.reports.r2_catalogue import CatalogueReport
from marketplace.statistics.reports.r3_channels import ChannelReport
from marketplace.statistics.reports.r4_reserve import ReserveReport
from marketplace.statistics.reports.r5_cooperation import CooperationReport
from marketplace.statistics.reports.r6_benefit import BenefitReport
from marketplace.statistics.reports.r7_notice import NoticeReport
from marketplace.statistics.reports.r8_checks import CheckReport
from marketplace.statistics.reports.worklist import WorkListReport

__all__ = ["REPORTS", "Column", "Report", "ReportRequest", "ReportTable", "report"]

REPORTS: Final[tuple[Report, ...]] = (
    MonthlyReport(),
    CatalogueReport(),
    ChannelReport(),
    ReserveReport(),
    CooperationReport(),
    BenefitReport(),
    NoticeReport(),
    CheckReport(),
    CoverageReport(),
    WorkListReport(),
)
_BY_CODE: Final = {one.code: one for one in REPORTS}


def report(code: str) -> Report:
    """The report of that code, in either case; NotFound that lists the known ones."""
    found = _BY_CODE.get(code.upper())
    if found is None:
        raise NotFound("unknown_report", "没有这份报表", known=list(_BY_CODE))
    return found
