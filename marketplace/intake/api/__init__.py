"""The routes of intake, one blueprint; each file has those of one noun."""

from marketplace.intake.api import batches, channels, rows, upward
from marketplace.intake.api.blueprint import blueprint

__all__ = ["batches", "blueprint", "channels", "rows", "upward"]
