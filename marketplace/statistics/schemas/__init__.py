"""Wire shapes of statistics."""

from marketplace.statistics.schemas.leader import LeaderArgs, LeaderOut
from marketplace.statistics.schemas.questions import StatisticsArgs, StatisticsOut
from marketplace.statistics.schemas.reports import (
    PublicArgs,
    PublicOut,
    ReconciliationOut,
    ReportArgs,
    ReportList,
    ReportOut,
)
from marketplace.statistics.schemas.targets import (
    DeclaredArgs,
    DeclaredIn,
    DeclaredList,
    DeclaredOut,
    TargetArgs,
    TargetFileIn,
    TargetFormIn,
    TargetImportOut,
    TargetIn,
    TargetList,
    TargetOut,
)

__all__ = [
    "DeclaredArgs",
    "DeclaredIn",
    "DeclaredList",
    "DeclaredOut",
    "LeaderArgs",
    "LeaderOut",
    "PublicArgs",
    "PublicOut",
    "ReconciliationOut",
    "ReportArgs",
    "ReportList",
    "ReportOut",
    "StatisticsArgs",
    "StatisticsOut",
    "TargetArgs",
    "TargetFileIn",
    "TargetFormIn",
    "TargetImportOut",
    "TargetIn",
    "TargetList",
    "TargetOut",
]
