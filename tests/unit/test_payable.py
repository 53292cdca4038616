"""What a household is paid of a month: negative differences are carried, nothing is lost and nothing is paid twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.attribution.payable import Payable, payable


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        ([], Payable(0, 0, 0, 0)),
        ([980], Payable(980, 0, 980, 0)),
        ([300, -500], Payable(-500, 0, 0, -500)),
        ([300, -500, 100], Payable(100, -500, 0, -400)),
        ([300, -500, 100, 450], Payable(450, -400, 50, 0)),
        ([300, -500, 0], Payable(0, -500, 0, -500)),
    ],
)
def test_a_negative_month_is_carried_until_it_is_set_off(nets: list[int], expected: Payable) -> None:
    assert payable(nets) == expected


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=12))
def test_all_that_is_paid_and_what_is_still_carried_is_all_that_was_stated(nets: list[int]) -> None:
    months = [payable(nets[: place + 1]) for place in range(len(nets))]
    assert sum(one.paid_fen for one in months) + months[-1].carried_out_fen == sum(nets)
    for one in months:
        assert one.net_fen + one.carried_in_fen == one.paid_fen + one.carried_out_fen
        assert one.paid_fen >= 0 >= one.carried_out_fen
        assert not (one.paid_fen and one.carried_out_fen)
