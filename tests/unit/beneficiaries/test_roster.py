"""Rosters as bitmaps and as exact parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.beneficiaries.roster import pack, roster_of, union, unpack

numbers = st.sets(st.integers(1, 10_000_000), max_size=200)


def test_two_producers_of_a_county_reach_four_households_not_five() -> None:
    assert len(union([pack([1, 2, 3]), pack([3, 4])])) == 4


def test_no_roster_reaches_nobody() -> None:
    assert len(union([])) == len(union([None])) == len(unpack(None)) == 0


@given(numbers, st.randoms())
def test_equal_sets_give_equal_bytes_and_come_back(found: set[int], random: st.DataObject) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pack(shuffled) == pack(sorted(found))
    assert set(unpack(pack(found))) == found


@given(st.lists(numbers, max_size=5))
def test_the_union_counts_each_household_once(rosters: list[set[int]]) -> None:
    assert set(union([pack(one) for one in rosters])) == set().union(*rosters)


def test_a_roster_stands_in_ascending_order_with_its_parts() -> None:
    roster = roster_of([(7, 2), (3, 5)])
    assert roster.household_nos.tolist() == [3, 7]
    assert roster.shares.tolist() == [5, 2]
    assert len(roster_of([])) == 0


@pytest.mark.parametrize("count", [1, 200_000])
def test_a_dense_roster_packs_small(count: int) -> None:
    packed = pack(range(1, count + 1))
    assert len(unpack(packed)) == count
    assert len(packed) < 1_000
