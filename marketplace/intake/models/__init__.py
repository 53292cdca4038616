"""The tables of intake, one file per subject."""

from marketplace.intake.models.batches import Batch, RowOutcome
from marketplace.intake.models.channels import ChannelKey, Device
from marketplace.intake.models.sales import ForeignSale, Report
from marketplace.intake.models.upward import UpwardEntry, UpwardSigner, UpwardSource, UpwardTotal

__all__ = [
    "Batch",
    "ChannelKey",
    "Device",
    "ForeignSale",
    "Report",
    "RowOutcome",
    "UpwardEntry",
    "UpwardSigner",
    "UpwardSource",
    "UpwardTotal",
]
