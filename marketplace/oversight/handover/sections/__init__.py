"""What a handover lists, one file a section; tasks of slices above oversight are added by the composition root."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.oversight.handover.listing import Section, Source
from marketplace.oversight.handover.sections import benefit, evidence, returns, tasks


def sections_with(tasks_above: Sequence[Source]) -> tuple[Section, ...]:
    """The sections in the order in which they are listed."""
    return (
        Section("open_tasks", "未办事项", (*tasks.TASKS, *tasks_above)),
        Section("unproven_benefit", "未兑现收益", (benefit.unproven_benefit,)),
        Section("unpaid_returns", "未退货款", (returns.unpaid_returns,)),
        Section("evidence", "证据材料", evidence.SOURCES),
    )
