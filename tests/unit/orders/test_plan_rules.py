"""A purchase belongs to exactly one line of a plan."""

from __future__ import annotations

import pytest

from marketplace.core.errors import Invalid
from marketplace.orders.buying.rules.plan import Bought, Planned, check_lines, line_of, over, used

LINES = [
    Planned("01", "canteen", 100_000),
    Planned("0102", "canteen", 50_000),
    Planned("0102", "canteen", 20_000, quarter=4),
    Planned("0102", "canteen", 5_000, month=10),
    Planned("01", "union", 30_000),
]


@pytest.mark.parametrize(
    ("code", "source", "month", "place"),
    [
        ("010203", "canteen", 10, 3),
        ("010203", "canteen", 11, 2),
        ("010203", "canteen", 9, 1),
        ("010301", "canteen", 10, 0),
        ("010203", "union", 10, 4),
        ("020101", "canteen", 10, None),
        ("010203", "other", 10, None),
    ],
)
def test_the_narrowest_line_takes_the_purchase(code: str, source: str, month: int, place: int | None) -> None:
    assert line_of(LINES, code, source, month) == place


def test_every_purchase_is_in_one_line_or_beside_the_plan() -> None:
    bought = [Bought("010203", "canteen", month, 100, 10) for month in range(1, 13)] + [
        Bought("0201", "canteen", 1, 7, 3)
    ]
    found, beside = used(LINES, bought)
    assert [one.ordered_fen for one in found] == [0, 900, 200, 100, 0]
    assert (beside.ordered_fen, beside.counted_fen) == (7, 3)
    assert sum(one.counted_fen for one in found) + beside.counted_fen == 123


def test_what_goes_beyond_is_told_by_line() -> None:
    before = [Bought("010203", "canteen", 10, 4_000)]
    wanted = [
        Bought("010203", "canteen", 10, 600),
        Bought("010204", "canteen", 10, 500),
        Bought("0201", "canteen", 10, 9),
    ]
    (first, unplanned) = over(LINES, before, wanted)
    assert (first.line_no, first.planned_fen, first.used_fen, first.wanted_fen) == (4, 5_000, 4_000, 1_100)
    assert (unplanned.line_no, unplanned.wanted_fen) == (None, 9)
    assert over(LINES, before, [Bought("010203", "canteen", 10, 1_000)]) == []


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([LINES[0], LINES[0]], "plan_line_repeated"),
        ([Planned("01", "canteen", 1, month=1, quarter=1)], "plan_period"),
    ],
)
def test_lines_that_cannot_stand_together_are_refused(lines: list[Planned], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_lines(lines)
    assert refused.value.code == code
