"""The states of a refund, and the money in which everything is."""

from typing import Final

from marketplace.core.states import StateMachine

#: Owed back (requested) until the money is known to be with the buyer again. Through a gateway: `sent` when it is being asked or
#: has it, `unknown` while its answer is not known; `failed` when it refused. A person then begins another in its place, and it
#: is `replaced`.
REFUND: Final = StateMachine(
    "refund",
    {
        "requested": ("sent", "confirmed"),
        "sent": ("unknown", "confirmed", "failed"),
        "unknown": ("sent", "confirmed", "failed"),
        "failed": ("confirmed", "replaced"),
        "replaced": (),
        "confirmed": (),
    },
    initial="requested",
    titles={
        "requested": "待退款",
        "sent": "支付通道办理中",
        "unknown": "结果待查",
        "failed": "未退成",
        "replaced": "已另行退款",
        "confirmed": "已退款",
    },
)

#: In which a gateway may still give the money back: no person may, too.
AT_GATEWAY: Final = frozenset({"sent", "unknown"})

#: Why money goes back: goods that went back, money that no order could take, or a gift that somebody made at the gateway itself.
REFUND_KINDS: Final[dict[str, str]] = {"return": "退货退款", "surplus": "多收退回", "goodwill": "折让"}

#: How a refund that failed is tried again: at the gateway under a new key, or by bank transfer.
WAYS: Final = ("gateway", "bank")

#: What people are to do about a refund, with the words that they read.
TODO: Final[dict[str, str]] = {
    "decide": "支付通道未能退回:再次申请,或改由银行退款",
    "pay": "由申请人以外的人经银行退款并登记流水号",
}


def todo_of(state: str, *, is_bounced: bool, is_replaced: bool, is_queued: bool) -> str | None:
    """What people are to do about a refund: one of TODO, or None when nothing is. `is_queued`: the worker asks the gateway."""
    if (state == "failed" or is_bounced) and not is_replaced:
        return "decide"
    return "pay" if state == "requested" and not is_queued else None


CURRENCY: Final = "CNY"
