"""Shares of what is not there are not there either."""

import pytest

from marketplace.core.money import ratio_bp


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(9_800, 10_800, 9_074), (None, 10_800, None), (9_800, None, None), (0, 0, None), (-18_240, -18_240, None),
     (-500, 1_000, -5_000), (12_000_000, 37_037_037, 3_240), (15_000_000, 37_037_037, 4_050), (15_000_000, 0, None),
     (1_217_869_000_000, 1_151_400_000_000, 10_577), (3_059_600, 3_000_000, 10_199)],
)  # fmt: skip
def test_a_share_needs_a_whole_above_zero(part, whole, expected):
    assert ratio_bp(part, whole) == expected
