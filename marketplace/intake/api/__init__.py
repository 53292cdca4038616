"""The routes of intake, one blueprint; each file has those of one noun."""

from marketplace.intake.api import batches, cabinet_work, cabinets, channels, health, rows
from marketplace.intake.api.blueprint import blueprint

__all__ = ["batches", "blueprint", "cabinet_work", "cabinets", "channels", "health", "rows"]
