"""Who moves money, and the states of a refund. Money received has no states: it is recorded once, when it is there."""

from dataclasses import dataclass
from typing import Final

from marketplace.core.states import StateMachine

#: Owed back (requested) until the money is known to be with the buyer again.
REFUND: Final = StateMachine("refund", {"requested": ("confirmed",), "confirmed": ()}, initial="requested")

CURRENCY: Final = "CNY"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A way in which money arrives, and the payment methods of `orders.terms` that it can serve."""

    code: str
    title: str
    serves: tuple[str, ...]


BANK_TRANSFER: Final = Gateway("bank_transfer", "对公转账", serves=("prepaid", "after_delivery"))

#: Every gateway; a test matches what they serve with the methods that there are.
GATEWAYS: Final = (BANK_TRANSFER,)
