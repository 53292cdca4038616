"""What of a cabinet's goods is certain to be there, so that it may be promised elsewhere.

Between two words of a device it goes on selling. What it may have sold is twice the pace of its best day in four weeks, at least
a unit a day, rounded up to whole units, so at least one; a device that says how many sales it has not yet sent has at
most those more. After three silent days nothing is certain. Expired units are never promised. Project convention
(docs/rules.md, "Stock of a cabinet").
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from marketplace.intake.cabinets.rules.goods import MILLI

LOOK_BACK: Final = timedelta(days=28)
#: The work that keeps what is promised in step comes round this often, so every promise stands for so long.
STANDS_FOR: Final = timedelta(minutes=10)
NOTHING_AFTER: Final = timedelta(days=3)
_PACE: Final = 2


def certain_units(
    sellable_milli: int, best_day_milli: int, known_until: datetime, at: datetime, unsent: int = 0
) -> int:
    """Whole units that are certain to be there from `at` on, until it is asked again.

    `sellable_milli` is what the books say less what is expired; `known_until` the instant up to which the device's sales are
    known; `unsent` sales that it has said it has not sent.
    """
    if at - known_until > NOTHING_AFTER:
        return 0
    silence = max(at - known_until, timedelta()) + STANDS_FOR
    pace = max(best_day_milli, MILLI) * _PACE
    may_be_gone = -(-pace * int(silence.total_seconds()) // (86_400 * MILLI)) + unsent
    return max(0, sellable_milli // MILLI - may_be_gone)
