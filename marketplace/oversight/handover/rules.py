"""What a handover is and which steps it takes. Pure. Source: docs/rules.md, "Handover"."""

from __future__ import annotations

from typing import Final

from marketplace.core.states import StateMachine

ROLE, PAIRING = "role", "pairing"
SUBJECTS: Final = {ROLE: "角色", PAIRING: "结对关系"}
STATES: Final = {
    "unassigned": "待指定接收人",
    "open": "待接收",
    "accepted": "已接收",
    "refused": "已退回",
    "withdrawn": "已撤回",
}
MACHINE: Final = StateMachine(
    "交接清单",
    {
        "unassigned": ("open",),
        # Refused where the role is gone already, it waits for another successor: such a list is never closed unaccepted.
        "open": ("accepted", "refused", "withdrawn", "unassigned"),
        "accepted": (),
        "refused": (),
        "withdrawn": (),
    },
    "unassigned",
    STATES,
)
OPEN_STATES: Final = frozenset({"unassigned", "open"})
STEPS: Final = {
    "asked": "提出交接",
    "role_removed": "角色已紧急收回",
    "assigned": "指定接收人",
    "accepted": "接收",
    "refused": "退回",
    "withdrawn": "撤回",
}
