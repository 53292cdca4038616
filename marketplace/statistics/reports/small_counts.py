"""Household counts of one published column and its total, so that no count under three can be computed back. Pure.

Source: docs/rules.md, "Small counts in publications". Who reads the column knows that 少于3户 is 0, 1 or 2, that 不公布 is 3 or
more, and what all withheld cells sum to. A small count is learnt only if that sum leaves one possibility; then the smallest other
counts are withheld too until it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from marketplace.core.privacy import FEW_HOUSEHOLDS, PUBLIC_MIN, public_count

WITHHELD: Final = "不公布"
_MOST: Final = PUBLIC_MIN - 1


def published(counts: Sequence[int]) -> list[str]:
    """The cells as printed and, last, their total. Counts are of disjoint sets, so the total is their sum."""
    small = [count for count in counts if count < PUBLIC_MIN]
    larger = sorted((count, place) for place, count in enumerate(counts) if count >= PUBLIC_MIN)
    hidden: list[tuple[int, int]] = []
    while small and not _safe(small, [count for count, _ in hidden]) and larger:
        hidden.append(larger.pop(0))
    cells = [public_count(count) for count in counts]
    for _, place in hidden:
        cells[place] = WITHHELD
    total = sum(counts)
    if total < PUBLIC_MIN:
        return [*cells, FEW_HOUSEHOLDS]
    return [*cells, str(total) if not small or _safe(small, [count for count, _ in hidden]) else WITHHELD]


def _safe(small: Sequence[int], withheld: Sequence[int]) -> bool:
    """Whether every small count has at least two possible values for who knows all other cells and the total.

    The sum of the small ones lies between 0 and twice their number; without a withheld larger cell it is known exactly.
    """
    total = sum(small)
    if not withheld:
        return len(small) > 1 and 0 < total < _MOST * len(small)
    return total + sum(withheld) - PUBLIC_MIN * len(withheld) >= 1
