"""Comparing quotes; pure. Amounts are fen, quantities whole units."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEWEST_SUPPLIERS: Final = 3
MOST_SUPPLIERS: Final = 50
MOST_ITEMS: Final = 200
LONGEST_DAYS: Final = 90
INQUIRY_STATES: Final = {"open": "询价中", "opened": "已开启", "awarded": "已定标", "cancelled": "已取消"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows of items, columns of suppliers.

    `prices[line_no][supplier]` is a unit price or absent; `lowest[line_no]` are those with the lowest; `totals` of suppliers who
    quoted every item; `lowest_total` are those with the lowest total, of the complete ones.
    """

    prices: Mapping[int, Mapping[uuid.UUID, int]]
    lowest: Mapping[int, frozenset[uuid.UUID]]
    totals: Mapping[uuid.UUID, int]
    lowest_total: frozenset[uuid.UUID]


def compare(
    quantities: Mapping[int, int], quotes: Mapping[uuid.UUID, Sequence[tuple[int, int]]]
) -> Comparison:
    """Compare quotes of (line number, unit price) for so many units of each line; ties are all marked."""
    prices: dict[int, dict[uuid.UUID, int]] = {number: {} for number in quantities}
    for supplier, lines in quotes.items():
        for number, price in lines:
            prices[number][supplier] = price
    totals = {
        supplier: sum(quantities[number] * price for number, price in lines)
        for supplier, lines in quotes.items()
        if {number for number, _ in lines} == set(quantities)
    }
    return Comparison(
        prices, {number: _lowest(row) for number, row in prices.items()}, totals, _lowest(totals)
    )


def _lowest(figures: Mapping[uuid.UUID, int]) -> frozenset[uuid.UUID]:
    least = min(figures.values(), default=None)
    return frozenset(key for key, figure in figures.items() if figure == least)
