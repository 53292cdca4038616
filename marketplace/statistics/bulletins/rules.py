"""What a bulletin may be and which steps it takes. Source: docs/rules.md, "Bulletins"."""

from __future__ import annotations

from typing import Final

from marketplace.core.states import StateMachine

STATES: Final = {"drafted": "已拟稿", "reviewed": "已审核", "issued": "已签发", "returned": "已退回"}
MACHINE: Final = StateMachine(
    "工作动态",
    {
        "drafted": ("reviewed", "returned"),
        "reviewed": ("issued", "returned"),
        "issued": (),
        "returned": (),
    },
    "drafted",
    STATES,
)
OPEN: Final = "open"
DISCLOSURES: Final = {OPEN: "主动公开", "on_request": "依申请公开", "not_open": "不予公开"}
VERDICTS: Final = {"approve": "同意", "return": "退回"}

# Reports whose figures rest on closed months. R4 tells what units have ordered up to now, with staff purchases: internal.
SEALED: Final = ("R1", "R2", "R3", "R5", "R6")
