"""The fold over a cabinet's movements: the same however they are cut into batches, and what pencil and paper say."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.intake.cabinets.rules import shelf_json
from marketplace.intake.cabinets.rules.certain import certain_units
from marketplace.intake.cabinets.rules.shelf import Event, Lot, Shelf, fold
from marketplace.intake.cabinets.rules.work import Slot, to_recall, to_restock
from tests.catalogue_world import NOON
from tests.support.cabinet_truth import Truth

HAPPENED = st.lists(
    st.tuples(
        st.integers(0, 60),  # hours after noon
        st.sampled_from(["restock", "sale", "sale", "refund", "recall", "count"]),
        st.integers(0, 5),
        st.integers(0, 3),  # days until the last day
    ),
    max_size=30,
)


def _event(no: int, hour: int, kind: str, units: int, days: int) -> Event:
    last_day = date(2020, 10, 1) + timedelta(days=days) if kind == "restock" else None
    return Event(
        no=no,
        at=NOON + timedelta(hours=hour),
        kind=kind,
        milli=units * 1_000,
        slot="A1" if kind in ("restock", "recall") else "",
        expires_on=last_day,
        counted={"A1": units * 1_000} if kind == "count" else None,
    )


@settings(max_examples=400)
@given(happened=HAPPENED, cuts=st.lists(st.integers(0, 30), max_size=3))
def test_however_it_is_cut_into_batches_the_fold_says_what_pencil_and_paper_say(
    happened: list[tuple[int, str, int, int]], cuts: list[int]
) -> None:
    said = [one for one in happened if one[2] or one[1] == "count"]
    truth = Truth()
    for hour, kind, units, days in said:
        last_day = date(2020, 10, 1) + timedelta(days=days) if kind == "restock" else None
        truth.note(NOON + timedelta(hours=hour), kind, units, last_day)
    wanted = truth.reckon()
    events = sorted((_event(no, *one) for no, one in enumerate(said)), key=lambda one: one.order)
    shelf, gaps, stale, shrunk = Shelf(), {}, {}, 0
    edges = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    for first, last in pairwise(edges):
        shelf = shelf_json.load(shelf_json.dump(shelf))
        seen = fold(shelf, events[first:last])
        gaps |= {since: (gap.there, gap.sold) for since, gap in seen.gaps.items()}
        stale |= {lot.expires_on: one.milli for lot, one in seen.stale.items()}
        shrunk += sum(seen.shrinkage.values())
    assert shelf.balance == wanted.balance * 1_000
    assert shrunk == wanted.shrunk * 1_000
    assert gaps == {since: (came * 1_000, went * 1_000) for since, (came, went) in wanted.gaps.items()}
    assert stale == {day: units * 1_000 for day, units in wanted.stale.items()}


def test_a_movement_before_what_has_happened_is_refused() -> None:
    shelf = Shelf()
    fold(shelf, [_event(1, 5, "restock", 3, 2)])
    with pytest.raises(ValueError, match="before"):
        fold(shelf, [_event(2, 4, "sale", 1, 0)])


def test_a_recall_takes_its_own_lot_first_and_a_sale_what_expires_first() -> None:
    shelf = Shelf()
    old, new = Lot("A1", "L1", date(2020, 10, 3)), Lot("A2", "L2", date(2020, 10, 9))
    brought = [
        Event(no=no, at=NOON, kind="restock", milli=2_000, slot=lot.slot, lot_no=lot.lot_no,
              expires_on=lot.expires_on)
        for no, lot in enumerate((new, old))
    ]  # fmt: skip
    fold(shelf, brought)
    later = NOON + timedelta(hours=1)
    fold(shelf, [Event(no=2, at=later, kind="recall", milli=1_000, slot="A2", lot_no="L2")])
    fold(shelf, [Event(no=3, at=later + timedelta(hours=1), kind="sale", milli=1_000)])
    assert shelf.lots == {old: 1_000, new: 1_000}


@pytest.mark.parametrize(
    ("sellable", "best_day", "silent_hours", "unsent", "units"),
    [
        (8_000, 0, 0, 0, 7),  # a live link still stands for ten minutes: one may be gone
        (8_000, 0, 24, 0, 5),  # twice a unit a day, rounded up
        (8_000, 3_000, 12, 0, 4),  # half a day at twice the best day's pace: 3 and the ten minutes
        (8_000, 0, 0, 2, 5),
        (8_999, 0, 0, 0, 7),
        (1_000, 0, 0, 0, 0),
        (-3_000, 0, 0, 0, 0),
        (100_000, 0, 72, 0, 93),
        (100_000, 0, 73, 0, 0),
    ],
)
def test_what_is_certain_is_less_what_may_have_been_sold_since_the_device_spoke(
    sellable: int, best_day: int, silent_hours: int, unsent: int, units: int
) -> None:
    at = NOON + timedelta(hours=silent_hours)
    assert certain_units(sellable, best_day, NOON, at, unsent) == units


def test_slots_below_par_are_filled_up_and_lots_leave_in_their_last_three_days() -> None:
    today = date(2020, 10, 1)
    slots = [Slot("A1", "p", 10, 3), Slot("A2", "p", 10, 3), Slot("B1", "q", 5, 0)]
    work = to_restock(slots, {("p", "A1"): 2_999, ("p", "A2"): 3_000}, today)
    assert [(one.slot, one.units, one.cause) for one in work] == [("A1", 8, "par")]
    lots = {
        ("p", Lot("A1", "L1", date(2020, 10, 3))): 1_500,
        ("p", Lot("A1", "L2", date(2020, 10, 4))): 1_000,
        ("p", Lot("A1", "L0", date(2020, 9, 30))): 1_000,
        ("p", Lot("B1", "", None)): 2_000,
        ("p", Lot("", "", None)): 2_000,
    }
    work = to_recall(slots, lots, today, 3)
    assert [(one.cause, one.slot, one.lot_no, one.units, one.due_on) for one in work] == [
        ("expiry", "A1", "L1", 2, date(2020, 10, 3)),
        ("expiry", "A1", "L0", 1, today),
        ("unplanned", "B1", "", 2, today),
    ]
