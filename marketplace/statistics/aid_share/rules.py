"""Which share is set for a point of sale, and whether it stands below it. Pure; shares in basis points."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, Protocol

from marketplace.core.actor import area_prefix

#: The day of the next month on which a month is judged as a whole: late rows of its last days have come by then.
JUDGED_ON_DAY: Final = 6
OCCASIONS: Final = {"within": "月中", "ended": "月末"}


class SetShare(Protocol):
    """A rule as the table has it."""

    channel_kind: str
    area_code: str
    from_on: date
    share_bp: int | None
    alarm_day: int


def rule_for(rules: Iterable[SetShare], channel_kind: str, area_code: str, month: date) -> SetShare | None:
    """The rule of a month (its first day) for a point of sale: of the smallest area that has one, the newest; None without one.

    A rule without a share ends the setting for its area, whatever a larger area says.
    """
    fitting = [
        rule
        for rule in rules
        if rule.channel_kind == channel_kind
        and rule.from_on <= month
        and area_code.startswith(area_prefix(rule.area_code))
    ]
    newest = max(fitting, key=lambda rule: (len(area_prefix(rule.area_code)), rule.from_on), default=None)
    return None if newest is None or newest.share_bp is None else newest


def is_below(sales_fen: int, aid_fen: int, share_bp: int | None) -> bool:
    """Whether aid goods are less than the set share of what was sold. Exact, before any rounding; nothing sold is not below."""
    return share_bp is not None and sales_fen > 0 and aid_fen * 10_000 < sales_fen * share_bp
