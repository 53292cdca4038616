"""The routes of intake, one blueprint; each file has those of one noun."""

from marketplace.intake.api import (
    batches,
    board,
    cabinet_work,
    cabinets,
    cases,
    channels,
    health,
    pledges,
    purchases,
    rows,
    uploads,
    upward,
)
from marketplace.intake.api.blueprint import blueprint

__all__ = [
    "batches",
    "blueprint",
    "board",
    "cabinet_work",
    "cabinets",
    "cases",
    "channels",
    "health",
    "pledges",
    "purchases",
    "rows",
    "uploads",
    "upward",
]
