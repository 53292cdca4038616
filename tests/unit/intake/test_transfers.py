"""What of a transfer was sold on: never more than was moved, never more than was sold."""

from __future__ import annotations

import uuid
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from marketplace.intake.rules.transfers import Moved, SoldOn, matched, part_fen

_LOTS = st.sampled_from([None, "L1", "l-1", "L2"])
_DAYS = st.dates(date(2020, 9, 1), date(2020, 9, 5))
_MOVED = st.lists(
    st.builds(Moved, st.uuids(), _LOTS, _DAYS, st.integers(1, 9)), max_size=6, unique_by=lambda one: one.id
)
_SOLD = st.lists(st.builds(SoldOn, _LOTS, _DAYS, st.integers(1, 9)), max_size=6)


@given(_MOVED, _SOLD)
def test_no_unit_is_matched_twice(moved: list[Moved], sold: list[SoldOn]) -> None:
    found = matched(moved, sold)
    assert all(0 <= found[one.id] <= one.milli for one in moved)
    assert sum(found.values()) <= sum(one.milli for one in sold)
    assert found == matched(list(reversed(moved)), list(reversed(sold)))


@given(_MOVED, st.integers(1, 100))
def test_goods_that_were_all_sold_on_without_lots_are_all_matched(moved: list[Moved], more: int) -> None:
    sold = [SoldOn(None, date(2020, 9, 6), sum(one.milli for one in moved) + more)]
    assert matched(moved, sold) == {one.id: one.milli for one in moved}


def test_a_sale_of_the_day_before_is_of_other_goods_and_unknown_goods_match_by_lot_alone() -> None:
    one = Moved(uuid.UUID(int=1), "L1", date(2020, 9, 2), 5)
    assert matched([one], [SoldOn("L1", date(2020, 9, 1), 5)]) == {one.id: 0}
    later = [SoldOn(None, date(2020, 9, 3), 5), SoldOn("L1", date(2020, 9, 3), 2)]
    assert matched([one], later) == {one.id: 5}
    assert matched([one], later, is_known=False) == {one.id: 2}


def test_the_parts_of_a_transfer_are_worth_its_share_and_all_of_it_the_whole() -> None:
    assert part_fen(100, 3_000, 1_000) == 33
    assert part_fen(100, 3_000, 2_000) == 67
    assert part_fen(100, 3_000, 3_000) == 100
