"""Prices as the trade compares them: fen per unit, and fen per 斤 (500 g)."""

from __future__ import annotations

from marketplace.core.money import round_half_up


def price_per_500g_fen(price_fen: int, net_weight_g: int | None) -> int | None:
    """Fen per 500 g of a unit that weighs `net_weight_g` grams, half up; None where weight has no meaning.

    25.80 元 for 2,500 g → 516. Source: docs/rules.md, "Prices".
    """
    if net_weight_g is None:
        return None
    return round_half_up(price_fen * 500, net_weight_g)
