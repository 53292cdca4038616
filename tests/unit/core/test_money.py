import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import format_wan, format_yuan, portion_bp, round_half_up, split_fen, split_tax


def test_a_rebate_of_1280_fen_over_244_households_gives_60_six_and_184_five() -> None:
    parts = split_fen(1280, [1] * 244, list(range(1, 245)))
    assert parts == [6] * 60 + [5] * 184


def test_ties_go_to_the_smaller_household_number_whatever_the_order() -> None:
    assert split_fen(1, [1, 1, 1], [30, 10, 20]) == [0, 1, 0]


@given(st.integers(-(10**14), 10**14), st.lists(st.integers(0, 10**6), min_size=1, max_size=60).filter(any))
def test_a_split_conserves_its_total_and_keeps_its_sign(total: int, weights: list[int]) -> None:
    parts = split_fen(total, weights)
    assert sum(parts) == total
    assert all(p == 0 or (p > 0) == (total > 0) for p in parts)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 1000), min_size=2, max_size=20), st.randoms())
def test_the_order_of_the_roster_does_not_change_a_share(total: int, weights: list[int], rnd: object) -> None:
    keys = list(range(len(weights)))
    shuffled = keys[:]
    rnd.shuffle(shuffled)  # type: ignore[attr-defined]
    straight = dict(zip(keys, split_fen(total, weights, keys), strict=True))
    other = dict(zip(shuffled, split_fen(total, [weights[k] for k in shuffled], shuffled), strict=True))
    assert straight == other


def test_nothing_can_be_split_over_no_weight() -> None:
    with pytest.raises(ValueError, match="nothing to split over"):
        split_fen(1, [0, 0])
    with pytest.raises(ValueError, match="negative"):
        split_fen(1, [-1, 2])
    assert split_fen(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("gross", "code", "net", "tax"),
    [(9800, "rate_9", 8991, 809), (12800, "rate_13", 11327, 1473), (5000, "exempt_self_produced", 5000, 0)],
)
def test_tax_is_taken_out_of_an_inclusive_price(gross: int, code: str, net: int, tax: int) -> None:
    assert split_tax(gross, code) == (net, tax)


def test_rounding_is_half_up_and_away_from_zero() -> None:
    assert [round_half_up(n, 2) for n in (5, -5, 4, 1, -1)] == [3, -3, 2, 1, -1]
    assert portion_bp(9800, 1000) == 980


def test_amounts_print_in_yuan_and_in_wan() -> None:
    assert (format_yuan(1234567), format_yuan(-5), format_wan(1234567)) == ("12,345.67", "-0.05", "1.23")
