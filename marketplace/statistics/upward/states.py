"""The states of a month's total and of a county's word on it."""

from __future__ import annotations

from typing import Final

from marketplace.core.states import StateMachine

STATES: Final = {"drafted": "待确认", "sealed": "已封存", "returned": "已退回"}
TOTAL: Final = StateMachine(
    "月度汇总", {"drafted": ("sealed", "returned"), "sealed": (), "returned": ()}, "drafted", STATES
)
CONFIRMATIONS: Final = {
    "pending": "待经办",
    "handled": "待审核",
    "confirmed": "已确认",
    "returned": "已退回",
}
CONFIRMATION: Final = StateMachine(
    "县级确认",
    {
        "pending": ("handled", "returned"),
        "handled": ("confirmed", "returned"),
        "confirmed": (),
        "returned": (),
    },
    "pending",
    CONFIRMATIONS,
)
