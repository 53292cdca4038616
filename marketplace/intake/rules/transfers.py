"""Goods moved to a point of sale that reports: which part of them it has sold on. Pure.

First by lot, then what has no lot, the earliest first: what a point of sale sells is never of two transfers, so what stays
unmatched can count once. Source: docs/rules.md, "Roles of a reported row".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.core.money import round_half_up
from marketplace.intake.rules.duplicates.side import normalised


@dataclass(frozen=True, slots=True)
class Moved:
    """Goods of one product on their way to one point of sale: thousandths of a unit that did not come back."""

    id: uuid.UUID
    lot: str | None
    sold_on: date
    milli: int


@dataclass(frozen=True, slots=True)
class SoldOn:
    """What that point of sale sold of the product, less what came back."""

    lot: str | None
    sold_on: date
    milli: int


def matched(moved: Sequence[Moved], sold: Sequence[SoldOn], *, is_known: bool = True) -> dict[uuid.UUID, int]:
    """Thousandths of each transfer that were sold on. Goods in no register of ours (`is_known` False) match by lot alone."""
    goods = sorted(moved, key=lambda one: (one.sold_on, one.id))
    left = {one.id: one.milli for one in goods}
    sales = sorted(sold, key=lambda one: (one.sold_on, one.lot or "", one.milli))
    rest = _pass(goods, left, sales, [one.milli for one in sales], _same_lot)
    if is_known:
        _pass(goods, left, sales, rest, _one_without_lot)
    return {one.id: one.milli - left[one.id] for one in goods}


def part_fen(whole_fen: int, whole_milli: int, milli: int) -> int:
    """The worth of a part of a transfer, half up."""
    return whole_fen if milli == whole_milli else round_half_up(whole_fen * milli, whole_milli)


def _same_lot(one: Moved, sale: SoldOn) -> bool:
    return one.lot is not None and sale.lot is not None and normalised(one.lot) == normalised(sale.lot)


def _one_without_lot(one: Moved, sale: SoldOn) -> bool:
    return one.lot is None or sale.lot is None


def _pass(
    goods: Sequence[Moved],
    left: dict[uuid.UUID, int],
    sales: Sequence[SoldOn],
    open_milli: list[int],
    fits: Callable[[Moved, SoldOn], bool],
) -> list[int]:
    """Give each sale what fits it, the earliest goods first; what each sale still lacks."""
    for place, sale in enumerate(sales):
        for one in goods:
            if open_milli[place] and left[one.id] and one.sold_on <= sale.sold_on and fits(one, sale):
                taken = min(open_milli[place], left[one.id])
                open_milli[place] -= taken
                left[one.id] -= taken
    return open_milli
