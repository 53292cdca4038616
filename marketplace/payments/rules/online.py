"""The states of a payment made online, and what is to be asked of the gateway next. Pure.

    created      the row is committed, nobody was asked
    unknown      asked, the answer is not known: ask again with the same key, or look
    open         the gateway has it and waits for the buyer
    authorised   the buyer agreed, nothing is taken yet
    captured     the money is taken
    canceled     given up, nothing was taken
    failed       the gateway refused to begin it, or was found not to have it; should it turn up all the same, it is given up

Messages come late, twice and in any order, so a state is only ever followed by a later one; an earlier one is no news.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from marketplace.core.states import StateMachine

ATTEMPT: Final = StateMachine(
    "online_payment",
    {
        "created": ("unknown", "canceled"),
        "unknown": ("open", "authorised", "captured", "canceled", "failed"),
        "open": ("authorised", "captured", "canceled"),
        "authorised": ("captured", "canceled"),
        "captured": (),
        "canceled": (),
        "failed": ("captured", "canceled"),
    },
    initial="created",
)

#: States in which money may still be taken: an order has at most one such payment.
LIVE: Final = ("created", "unknown", "open", "authorised")

#: How a buyer pays at the gateway, with the words people read.
METHODS: Final[dict[str, str]] = {"card": "银行卡", "alipay": "支付宝", "wechat_pay": "微信支付"}
#: Only these can be authorised first and captured together later.
HELD_METHODS: Final = frozenset({"card"})
#: Whether the buyer pays on our page (the browser confirms) or on the gateway's own.
FLOWS: Final[dict[str, str]] = {"intent": "本站确认", "page": "跳转支付页"}

#: Gateways forget keys after a day; past this age a key would be a new request, so one only looks.
KEY_LIVES: Final = timedelta(hours=23)
FIRST_WAIT_SECONDS: Final = 2
LONGEST_WAIT_SECONDS: Final = 3_600


def next_call(
    state: str, *, asked_at: datetime | None, now: datetime, cancel_wanted: bool, capture_wanted: bool
) -> str | None:
    """What to ask of the gateway for a payment in `state`: create, look, capture, cancel, read, refunds; None for nothing.

    >>> next_call("created", asked_at=None, now=datetime(2020, 1, 1), cancel_wanted=True, capture_wanted=False)
    """
    if state == "created":
        return None if cancel_wanted else "create"
    if state == "unknown":
        return "create" if asked_at is not None and now - asked_at < KEY_LIVES else "look"
    if state == "authorised" and capture_wanted and not cancel_wanted:
        return "capture"
    if state in ("open", "authorised"):
        return "cancel" if cancel_wanted else "read"
    if state == "failed" and cancel_wanted:
        return "cancel"
    return "refunds" if state == "captured" else None


def wait(tries: int) -> timedelta:
    """How long to wait after so many tries: 2 s, 4 s, … an hour."""
    return timedelta(seconds=min(FIRST_WAIT_SECONDS << min(tries, 12), LONGEST_WAIT_SECONDS))


def is_news(known: str, seen: str) -> bool:
    """Whether `seen` at the gateway leads on from what is known; a late or repeated message does not."""
    return ATTEMPT.may(known, seen) or (known == "created" and ATTEMPT.may("unknown", seen))
