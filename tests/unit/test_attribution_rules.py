"""The worked examples of docs/rules.md on the ledger's own arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.attribution.allocation import allocate, household_pool
from marketplace.attribution.canonical import GENESIS, chain_hash, entry_bytes
from marketplace.attribution.rules import Amounts, Linkage, split_line
from marketplace.core.money import split_fen

REBATE = {"rebate_bp": 1000}


def link(no: int, bp: int, mode: str = "sales_rebate") -> Linkage:
    return Linkage(no, no, mode, REBATE if mode == "sales_rebate" else {}, bp)


def even(total: int, households: int) -> list[int]:
    return allocate(total, np.arange(1, households + 1), np.ones(households, dtype=np.int64)).tolist()


def test_ten_percent_raw_material_links_a_tenth_of_the_sale_and_the_rest_stays_unlinked() -> None:
    parts = split_line(Amounts(9800, 2000, 5000), [link(7, 1000)])
    assert [(p.version_no, p.sale_fen, p.quantity_milli, p.weight_g) for p in parts] == [
        (7, 980, 200, 500),
        (0, 8820, 1800, 4500),
    ]
    assert [p.benefit_fen for p in parts] == [980, 0]  # 10 % of the whole line, not of its linked part


def test_a_line_without_agreement_is_unlinked_whole() -> None:
    (part,) = split_line(Amounts(9800, 2000, None), [])
    assert (part.version_no, part.linked_bp, part.sale_fen, part.weight_g) == (0, 10_000, 9800, None)


def test_agreements_that_overlap_beyond_the_whole_share_it_and_nothing_is_counted_twice() -> None:
    parts = split_line(Amounts(100, 1000, None), [link(2, 8000), link(1, 8000)])
    assert [(p.version_no, p.sale_fen) for p in parts] == [(1, 50), (2, 50)]
    odd = split_line(Amounts(101, 1000, None), [link(2, 8000), link(1, 8000)])
    assert [(p.version_no, p.sale_fen) for p in odd] == [(1, 51), (2, 50)]  # the tie goes to the lower number


def test_technical_support_without_declared_share_leaves_no_entry() -> None:
    parts = split_line(Amounts(100, 1000, None), [link(3, 0, "technical_support")])
    assert [p.version_no for p in parts] == [0]


@given(
    st.integers(1, 10**9),
    st.integers(1, 10**6),
    st.none() | st.integers(0, 10**7),
    st.lists(st.tuples(st.integers(1, 10**5), st.integers(0, 10_000)), max_size=6, unique_by=lambda t: t[0]),
)
def test_parts_always_sum_to_the_line(
    sale: int, quantity: int, weight: int | None, links: list[tuple[int, int]]
) -> None:
    parts = split_line(Amounts(sale, quantity, weight), [link(no, bp) for no, bp in links])
    assert sum(p.sale_fen for p in parts) == sale
    assert sum(p.quantity_milli for p in parts) == quantity
    assert sum(p.weight_g or 0 for p in parts) == (weight or 0)
    assert all(p.sale_fen >= 0 for p in parts)


def test_the_rebate_of_980_fen_over_226_households() -> None:
    assert even(980, 226) == [5] * 76 + [4] * 150


def test_reversing_half_of_it_takes_back_exactly_the_difference_of_two_splits() -> None:
    before, after = even(980, 226), even(490, 226)
    assert after == [3] * 38 + [2] * 188
    reversal = [b - a for b, a in zip(before, after, strict=True)]
    assert reversal == [2] * 38 + [3] * 38 + [2] * 150
    assert sum(reversal) == 490


@given(
    st.integers(0, 10**16),
    st.lists(
        st.tuples(st.integers(1, 10**7), st.integers(1, 10**6)),
        min_size=1,
        max_size=80,
        unique_by=lambda t: t[0],
    ),
)
def test_the_vectorised_split_equals_the_plain_one(pool: int, roster: list[tuple[int, int]]) -> None:
    roster.sort()
    numbers = np.array([n for n, _ in roster], dtype=np.int64)
    shares = np.array([s for _, s in roster], dtype=np.int64)
    assert allocate(pool, numbers, shares).tolist() == split_fen(pool, shares.tolist(), numbers.tolist())


def test_a_negative_pool_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="never negative"):
        even(-1, 3)


def test_the_village_keeps_its_share_and_nothing_is_lost() -> None:
    assert household_pool(1001, 2000) == (801, 200)
    assert household_pool(1000, 0) == (1000, 0)


def test_the_chain_is_over_utf8_bytes_and_does_not_depend_on_the_order_of_columns() -> None:
    one = {"product_name": "连平鹰嘴桃𠮷", "sale_fen": 9800}
    other = {"sale_fen": 9800, "product_name": "连平鹰嘴桃𠮷"}
    assert entry_bytes(one) == '{"product_name":"连平鹰嘴桃𠮷","sale_fen":9800}'.encode()
    assert chain_hash(GENESIS, one) == chain_hash(GENESIS, other)
    assert chain_hash(GENESIS, one) != chain_hash(GENESIS, one | {"sale_fen": 9801})
