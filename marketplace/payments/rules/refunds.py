"""The states of a refund, and the money in which everything is."""

from typing import Final

from marketplace.core.states import StateMachine

#: Owed back (requested) until the money is known to be with the buyer again.
REFUND: Final = StateMachine("refund", {"requested": ("confirmed",), "confirmed": ()}, initial="requested")

CURRENCY: Final = "CNY"
