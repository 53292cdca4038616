"""The states of a refund. Money received has none: it is recorded once, when it is there."""

from typing import Final

from marketplace.core.states import StateMachine

#: Owed back (requested) until the money is known to be with the buyer again.
REFUND: Final = StateMachine("refund", {"requested": ("confirmed",), "confirmed": ()}, initial="requested")

CURRENCY: Final = "CNY"
BANK_TRANSFER: Final = "bank_transfer"
