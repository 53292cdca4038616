"""The routes of statistics, one blueprint; each file has those of one noun."""

from marketplace.statistics.api import (
    bulletin_copies,
    bulletins,
    declarations,
    leader,
    open_bulletins,
    questions,
    reporting,
    reports,
    targets,
    upward,
    upward_report,
)
from marketplace.statistics.api.blueprint import blueprint

__all__ = [
    "blueprint",
    "bulletin_copies",
    "bulletins",
    "declarations",
    "leader",
    "open_bulletins",
    "questions",
    "reporting",
    "reports",
    "targets",
    "upward",
    "upward_report",
]
