"""The tables of intake, one file per subject."""

from marketplace.intake.models.batches import Batch, RowOutcome
from marketplace.intake.models.channels import ChannelKey, Device
from marketplace.intake.models.duplicates import DuplicateCase, DuplicateDecision, Sighting
from marketplace.intake.models.pledges import Pledge, PledgeSale
from marketplace.intake.models.purchases import (
    Purchase,
    PurchaseFile,
    PurchaseLine,
    PurchasePaper,
    PurchaseStep,
)
from marketplace.intake.models.sales import ForeignSale, Report
from marketplace.intake.models.upward import UpwardEntry, UpwardSigner, UpwardSource, UpwardTotal

__all__ = [
    "Batch",
    "ChannelKey",
    "Device",
    "DuplicateCase",
    "DuplicateDecision",
    "ForeignSale",
    "Pledge",
    "PledgeSale",
    "Purchase",
    "PurchaseFile",
    "PurchaseLine",
    "PurchasePaper",
    "PurchaseStep",
    "Report",
    "RowOutcome",
    "Sighting",
    "UpwardEntry",
    "UpwardSigner",
    "UpwardSource",
    "UpwardTotal",
]
