"""Whether one or two households make up most of an amount, so that they could read each other's share off it.

For what households receive, never for a producer's sales, which the trade publishes. An amount is withheld when its largest
contribution exceeds `K_BP` of the whole (the (n,k) rule with n = 1), or when whoever receives the second largest could
estimate the largest to within `P_BP` of it (the p % rule). Source: docs/rules.md, "Small counts in publications".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from marketplace.core.money import BP

K_BP: Final = 7_500  # one household has more than three quarters
P_BP: Final = 1_500  # the largest is known to within 15 %


def is_dominated(total_fen: int, largest_fen: Iterable[int]) -> bool:
    """Whether an amount in fen of these largest contributions (at least the two largest, if there are two) must be withheld."""
    first, second, *_ = [*sorted(largest_fen, reverse=True), 0, 0]
    if total_fen <= 0 or first <= 0:
        return False
    others = total_fen - first - max(second, 0)
    return first * BP > total_fen * K_BP or others * BP < first * P_BP
