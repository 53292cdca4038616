"""Fen per 斤."""

from __future__ import annotations

import pytest

from marketplace.catalogue.rules.prices import price_per_500g_fen


@pytest.mark.parametrize(
    ("price_fen", "net_weight_g", "expected"),
    [(2_580, 2_500, 516), (1_000, 300, 1_667), (1, 1_000, 1), (1, 1_001, 0), (4_900, None, None)],
)
def test_the_price_of_half_a_kilogram_is_rounded_half_up(
    price_fen: int, net_weight_g: int | None, expected: int | None
) -> None:
    assert price_per_500g_fen(price_fen, net_weight_g) == expected
