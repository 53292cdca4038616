"""When a device is not well. Pure. Source: docs/rules.md, "Health of channels" (project conventions)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from marketplace.core.money import ratio_bp
from marketplace.intake.limits import Limits

#: What can be wrong: code → (words, what to do).
ISSUES: Final = {
    "clock": ("设备时钟偏差过大", "请校准设备时钟,时钟偏差会使销售落入错误的日期"),
    "gaps": ("批次序号有缺", "请从设备补传缺失批次"),
    "late": ("逾期未上报", "请检查设备网络并催报;该期间销售尚未入账"),
    "quarantined": ("待处理行过多", "请核对待处理行的原因并更正,或调整设备数据"),
    "refused": ("整批退回过多", "请核对清单的行数、金额合计与摘要"),
    "silent": ("无心跳", "请到现场查看供电与网络"),
}
LOOK_BACK: Final = timedelta(days=28)
SHORTEST_RHYTHM: Final = timedelta(days=1)
QUARANTINED_ABOVE_BP: Final = 500
REFUSED_ABOVE_BP: Final = 1_000
CLOCK_OFF_S: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What is known of a device's reporting. Counts are of the last 28 days, but `missing`: numbers below its highest that
    never came.
    """

    registered_at: datetime
    last_batch_at: datetime | None
    rhythm: timedelta | None  # the median time between its last batches
    missing: int
    batches: int
    refused: int
    rows: int
    quarantined: int
    beats: bool  # whether it is expected to send heartbeats
    last_pulse_at: datetime | None
    clock_ahead_s: int | None

    @property
    def quarantined_bp(self) -> int | None:
        """The share of rows kept apart; None without rows."""
        return ratio_bp(self.quarantined, self.rows)

    @property
    def refused_bp(self) -> int | None:
        """The share of batches refused; None without batches."""
        return ratio_bp(self.refused, self.batches)


def due_at(facts: DeviceFacts, limits: Limits) -> datetime:
    """After this instant the device is late: so many times its rhythm, at least days, after its last batch (or registration)."""
    rhythm = max(facts.rhythm or SHORTEST_RHYTHM, SHORTEST_RHYTHM)
    return (facts.last_batch_at or facts.registered_at) + limits.late_after * rhythm


def issues_of(facts: DeviceFacts, at: datetime, limits: Limits) -> list[str]:
    """Codes of ISSUES, ascending."""
    pulse = facts.last_pulse_at or facts.registered_at
    found = {
        "clock": facts.clock_ahead_s is not None and abs(facts.clock_ahead_s) > CLOCK_OFF_S,
        "gaps": facts.missing > 0,
        "late": at > due_at(facts, limits),
        "quarantined": (facts.quarantined_bp or 0) > QUARANTINED_ABOVE_BP,
        "refused": (facts.refused_bp or 0) > REFUSED_ABOVE_BP,
        "silent": facts.beats and at - pulse > timedelta(hours=limits.silent_hours),
    }
    return [code for code, is_so in found.items() if is_so]
