"""The states of a refund, and the money in which everything is."""

from typing import Final

from marketplace.core.states import StateMachine

#: Owed back (requested) until the money is known to be with the buyer again. Through a gateway: `sent` when it is being asked or
#: has it,
#: `unknown` while its answer is not known; `failed` when it refused, which people then settle by bank transfer.
REFUND: Final = StateMachine(
    "refund",
    {
        "requested": ("sent", "confirmed"),
        "sent": ("unknown", "confirmed", "failed"),
        "unknown": ("sent", "confirmed", "failed"),
        "failed": ("confirmed",),
        "confirmed": (),
    },
    initial="requested",
)

#: In which a gateway may still give the money back: no person may, too.
AT_GATEWAY: Final = frozenset({"sent", "unknown"})

#: Why money goes back: goods that went back, money that no order could take, or a gift that somebody made at the gateway itself.
REFUND_KINDS: Final[dict[str, str]] = {"return": "退货退款", "surplus": "多收退回", "goodwill": "折让"}

CURRENCY: Final = "CNY"
