"""The tables of intake, one file per subject."""

from marketplace.intake.models.batches import Batch, RowOutcome
from marketplace.intake.models.channels import ChannelKey, Device
from marketplace.intake.models.duplicates import DuplicateCase, DuplicateDecision, Sighting
from marketplace.intake.models.sales import ForeignSale, Report

__all__ = [
    "Batch",
    "ChannelKey",
    "Device",
    "DuplicateCase",
    "DuplicateDecision",
    "ForeignSale",
    "Report",
    "RowOutcome",
    "Sighting",
]
