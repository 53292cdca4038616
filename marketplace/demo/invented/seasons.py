"""The shape of 2020: how the year's sales fall on its months, and on the days of a month.

Invented.  February is low (shops shut), September is the consumption-aid month (全国消费扶贫月 2020-09-01 to 30), and
budgets are spent in December.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

from marketplace.core.money import split_fen
from marketplace.demo.invented.draw import Draw

YEAR: Final = 2020
#: Share of each month in basis points of the year.
MONTH_BP: Final = (650, 380, 560, 680, 760, 800, 820, 900, 1_350, 1_000, 950, 1_150)


def per_month(total: int) -> list[int]:
    """Split a number of orders over the twelve months; the parts sum to it."""
    return split_fen(total, MONTH_BP)


def day_of_month(draw: Draw, month: int, *key: object) -> date:
    """Return a day of that month of 2020."""
    return date(YEAR, month, draw.between(1, calendar.monthrange(YEAR, month)[1], "day", month, *key))
