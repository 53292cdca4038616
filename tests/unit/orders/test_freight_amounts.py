import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import TAX_TREATMENTS
from marketplace.orders.amounts import Amounts, freight_amounts

CODES = [one.code for one in TAX_TREATMENTS]


def test_freight_of_goods_of_two_rates_is_split_by_what_they_cost() -> None:
    parts = freight_amounts(1_000, [("rate_9", 6_000), ("rate_13", 2_000), ("rate_9", 1_000)])
    assert parts == {"rate_13": Amounts(222, 196, 26), "rate_9": Amounts(778, 714, 64)}


def test_freight_of_exempt_goods_has_no_tax() -> None:
    assert freight_amounts(500, [("exempt_vegetable", 100)]) == {"exempt_vegetable": Amounts(500, 500, 0)}
    assert freight_amounts(0, [("rate_9", 100)]) == {}


def test_a_negative_freight_or_none_to_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        freight_amounts(-1, [("rate_9", 100)])
    with pytest.raises(ValueError, match="nothing to split"):
        freight_amounts(1, [])


@given(
    st.integers(min_value=0, max_value=10**9),
    st.lists(st.tuples(st.sampled_from(CODES), st.integers(min_value=1, max_value=10**9)), min_size=1),
)
def test_the_parts_are_the_freight_to_the_fen(freight_fen: int, goods: list[tuple[str, int]]) -> None:
    parts = freight_amounts(freight_fen, goods)
    assert sum(part.gross_fen for part in parts.values()) == freight_fen
    assert all(part.net_fen + part.tax_fen == part.gross_fen for part in parts.values())
    assert set(parts) <= {code for code, _ in goods}
