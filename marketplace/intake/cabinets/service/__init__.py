"""Use cases of cabinets, one file each. `follow` is what the batches of a channel call."""

from marketplace.intake.cabinets.service.following import follow

__all__ = ["follow"]
