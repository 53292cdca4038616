"""The monthly statement of the levy (帮扶金对账单): its states, and which statement takes a charge. Pure.

A charge belongs to the statement of its own month until that is agreed; then to the earliest later month that is not, as an
adjustment. So an agreed statement never changes, and every charge is agreed once. Source: docs/rules.md, "Levy statements".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from marketplace.core.clock import next_period, previous_period
from marketplace.core.states import StateMachine

#: The day of the next month on which the worker draws a month's statements up: late rows of its last days have come by then.
DRAWN_ON_DAY: Final = 6
STATEMENT: Final = StateMachine(
    "levy statement",
    {
        "drawn": ("agreed", "disputed", "superseded"),
        "disputed": ("superseded",),
        "agreed": (),
        "superseded": (),
    },
    "drawn",
    {"drawn": "待双方确认", "disputed": "有异议", "agreed": "双方已确认", "superseded": "已被新版替代"},
)
SIDES: Final = {"operator": "运营单位", "authority": "主管部门"}


def first_month(period: str, agreed: Collection[str]) -> str:
    """The earliest month whose charges the statement of `period` takes: all months from there on are agreed."""
    first = period
    while previous_period(first) in agreed:
        first = previous_period(first)
    return first


def taking_month(period: str, agreed: Collection[str]) -> str:
    """The month whose statement takes a charge of `period`."""
    while period in agreed:
        period = next_period(period)
    return period
