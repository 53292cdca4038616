"""Who approves how much, and the states of a purchase request; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from marketplace.core.errors import Invalid
from marketplace.core.states import StateMachine

#: 经办 asks, so nobody decides as handler; who looks at a step: kind → role that holds it unless an account is named.
STEP_ROLES: Final = {"handler": "buyer", "reviewer": "buyer_reviewer", "finance": "buyer_finance"}
STEP_TITLES: Final = {"handler": "经办", "reviewer": "审核", "finance": "财务"}
MOST_TIERS: Final = 10
MOST_STEPS: Final = 5

REQUEST: Final = StateMachine(
    "purchase_request",
    {
        "submitted": ("placed", "returned", "withdrawn", "lapsed"),
        "returned": ("submitted", "withdrawn", "lapsed"),
        "placed": (),
        "withdrawn": (),
        "lapsed": (),
    },
    initial="submitted",
    titles={
        "submitted": "待审批",
        "returned": "已退回",
        "placed": "已下单",
        "withdrawn": "已撤回",
        "lapsed": "已失效",
    },
)

#: How long a request waits for one step before it is marked. The numbers are ours.
WAITS_LONG: Final = timedelta(days=1)
WAITS_TOO_LONG: Final = timedelta(days=3)
AGEING: Final = {"fresh": "正常", "long": "较久", "too_long": "超时"}


def ageing(waits_since: datetime, now: datetime) -> str:
    """Code of AGEING."""
    waited = now - waits_since
    if waited >= WAITS_TOO_LONG:
        return "too_long"
    return "long" if waited >= WAITS_LONG else "fresh"


def check_tiers(direct_up_to_fen: int, tiers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tiers in normal form: bounds ascend above what is ordered directly, the last has none, each has steps.

    A step is a kind and, where one person is meant, an account. Invalid (`tiers`, `steps`) otherwise.
    """
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise Invalid("tiers", f"应有 1 至 {MOST_TIERS} 档", pointer="/tiers")
    bound = direct_up_to_fen
    found = []
    for position, tier in enumerate(tiers):
        up_to = tier["up_to_fen"]
        is_last = position == len(tiers) - 1
        if (up_to is None) != is_last or (up_to is not None and up_to <= bound):
            raise Invalid("tiers", "各档上限应递增，最后一档不设上限", pointer=f"/tiers/{position}/up_to_fen")
        bound = up_to or bound
        steps = [
            {"kind": step["kind"], "account_id": str(step["account_id"]) if step["account_id"] else None}
            for step in tier["steps"]
        ]
        named = [step["account_id"] for step in steps if step["account_id"]]
        if not 1 <= len(steps) <= MOST_STEPS or len(set(named)) != len(named):
            raise Invalid(
                "steps",
                f"每档应有 1 至 {MOST_STEPS} 步，同一账号只能出现一次",
                pointer=f"/tiers/{position}/steps",
            )
        found.append({"up_to_fen": up_to, "steps": steps})
    return found


def steps_for(tiers: Sequence[Mapping[str, Any]], total_fen: int) -> list[dict[str, Any]]:
    """The steps of the first tier that reaches the amount."""
    return next(
        list(tier["steps"]) for tier in tiers if tier["up_to_fen"] is None or total_fen <= tier["up_to_fen"]
    )
