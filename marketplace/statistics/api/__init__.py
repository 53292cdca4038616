"""The routes of statistics, one blueprint; each file has those of one noun."""

from marketplace.statistics.api import leader, questions, reports, targets
from marketplace.statistics.api.blueprint import blueprint

__all__ = ["blueprint", "leader", "questions", "reports", "targets"]
