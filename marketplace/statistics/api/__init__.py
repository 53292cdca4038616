"""The routes of statistics, one blueprint; each file has those of one noun."""

from marketplace.statistics.api import (
    aid_share,
    bulletin_copies,
    bulletins,
    declarations,
    leader,
    open_bulletins,
    published,
    questions,
    reporting,
    reports,
    saved_views,
    targets,
    upward,
    upward_report,
)
from marketplace.statistics.api.blueprint import blueprint

__all__ = [
    "aid_share",
    "blueprint",
    "bulletin_copies",
    "bulletins",
    "declarations",
    "leader",
    "open_bulletins",
    "published",
    "questions",
    "reporting",
    "reports",
    "saved_views",
    "targets",
    "upward",
    "upward_report",
]
