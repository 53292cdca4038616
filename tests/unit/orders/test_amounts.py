import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import TAX_TREATMENTS
from marketplace.orders.amounts import Amounts, line_amounts, order_amounts, part_fen


def test_two_boxes_at_49_yuan_and_9_percent_split_into_8991_and_809() -> None:
    assert line_amounts(4900, 2, "rate_9") == Amounts(9800, 8991, 809)


def test_128_yuan_at_13_percent_splits_into_11327_and_1473() -> None:
    assert line_amounts(12800, 1, "rate_13") == Amounts(12800, 11327, 1473)


def test_exempt_goods_hold_no_tax() -> None:
    assert line_amounts(4900, 2, "exempt_self_produced") == Amounts(9800, 9800, 0)


def test_the_tax_of_an_order_is_the_sum_over_its_lines() -> None:
    lines = [line_amounts(5, 1, "rate_9")] * 3
    assert order_amounts(lines) == Amounts(15, 15, 0)
    assert line_amounts(15, 1, "rate_9") == Amounts(15, 14, 1)


@pytest.mark.parametrize(("price", "quantity"), [(-1, 1), (100, 0), (100, -2)])
def test_a_line_without_price_or_quantity_is_refused(price: int, quantity: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        line_amounts(price, quantity, "rate_9")


def test_three_parts_of_100_fen_are_33_33_and_34() -> None:
    assert part_fen(100, 3, 0, 0, 1) == 33
    assert part_fen(100, 3, 1, 33, 1) == 33
    assert part_fen(100, 3, 2, 66, 1) == 34


def test_rounding_up_never_gives_back_more_than_was_paid() -> None:
    given_back = []
    for index in range(5):
        given_back.append(part_fen(3, 5, index, sum(given_back), 1))
    assert given_back == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("part", [0, -1, 3])
def test_a_part_beyond_what_is_left_is_refused(part: int) -> None:
    with pytest.raises(ValueError, match="of 2 units left"):
        part_fen(9800, 4, 2, 4900, part)


@given(
    st.integers(min_value=0, max_value=10**8),
    st.integers(min_value=1, max_value=10**5),
    st.sampled_from([treatment.code for treatment in TAX_TREATMENTS]),
)
def test_net_and_tax_make_the_gross(price: int, quantity: int, treatment: str) -> None:
    amounts = line_amounts(price, quantity, treatment)
    assert amounts.net_fen + amounts.tax_fen == amounts.gross_fen == price * quantity
    assert amounts.net_fen >= 0
    assert amounts.tax_fen >= 0


@given(st.integers(min_value=0, max_value=10**12), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_returning_everything_in_any_parts_nets_to_zero(whole_fen: int, parts: list[int]) -> None:
    quantity, back, back_fen = sum(parts), 0, 0
    for part in parts:
        worth = part_fen(whole_fen, quantity, back, back_fen, part)
        assert worth >= 0
        back, back_fen = back + part, back_fen + worth
        assert back_fen <= whole_fen
    assert whole_fen - back_fen == 0
