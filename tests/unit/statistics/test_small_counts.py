"""A published column of households never gives a count under three away, whatever is computed from it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.statistics.reports.small_counts import WITHHELD, published

FEW = "少于3户"


def possible(cells: Sequence[str], total: str, largest: int) -> list[set[int]]:
    """What every cell can be for somebody who knows the printed column, its total and the rules."""
    ranges = [
        range(3) if cell == FEW else range(3, largest + 1) if cell == WITHHELD else (int(cell),)
        for cell in cells
    ]
    found: list[set[int]] = [set() for _ in cells]
    for values in product(*ranges):
        if total == FEW and sum(values) >= 3:
            continue
        if total.isdigit() and sum(values) != int(total):
            continue
        for place, value in enumerate(values):
            found[place].add(value)
    return found


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5))
def test_whoever_knows_the_column_and_its_total_learns_no_small_count(counts: list[int]) -> None:
    *cells, total = published(counts)
    for count, cell, values in zip(counts, cells, possible(cells, total, 14), strict=True):
        assert count in values
        if count < 3:
            assert cell == FEW
            assert len(values) >= 2


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([7, 9], ["7", "9", "16"]),
        ([2, 7, 9], [FEW, WITHHELD, "9", "18"]),
        ([1, 3, 4], [FEW, WITHHELD, "4", "8"]),
        ([0, 3, 4], [FEW, WITHHELD, WITHHELD, "7"]),
        ([1, 2, 9], [FEW, FEW, "9", "12"]),
        ([2, 2, 9], [FEW, FEW, WITHHELD, "13"]),
        ([2], [FEW, FEW]),
        ([1, 1], [FEW, FEW, FEW]),
        ([0, 3], [FEW, WITHHELD, WITHHELD]),
        ([], [FEW]),
    ],
)
def test_a_lone_small_count_takes_the_smallest_others_with_it(counts: list[int], shown: list[str]) -> None:
    assert published(counts) == shown
