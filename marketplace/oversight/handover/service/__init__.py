"""Use cases of handovers: ask, name a successor, accept, decline, withdraw, read; what follows a removal at once."""

from marketplace.oversight.handover.service.asking import (
    PairingAsked,
    ask_for_pairing,
    ask_for_role,
    assign_successor,
    open_after_removal,
)
from marketplace.oversight.handover.service.deciding import accept, decline, withdraw
from marketplace.oversight.handover.service.reading import find, handovers_seen_by, steps_of

__all__ = [
    "PairingAsked",
    "accept",
    "ask_for_pairing",
    "ask_for_role",
    "assign_successor",
    "decline",
    "find",
    "handovers_seen_by",
    "open_after_removal",
    "steps_of",
    "withdraw",
]
