from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace.orders.terms import late_interest_fen
from marketplace.payments.rules.interest import accrued_fen

DUE = date(2020, 10, 20)


def test_interest_is_on_what_was_open_on_each_day() -> None:
    until = date(2020, 11, 19)  # thirty days late
    assert accrued_fen(1_000_000, [], DUE, until) == 15_000
    # 10 days on 1,000,000, then 20 days on 400,000
    assert accrued_fen(1_000_000, [(date(2020, 10, 30), 600_000)], DUE, until) == 5_000 + 4_000
    assert accrued_fen(1_000_000, [(date(2020, 10, 30), 1_000_000)], DUE, until) == 5_000


def test_what_came_in_time_bears_none() -> None:
    assert accrued_fen(1_000, [(DUE, 1_000)], DUE, date(2021, 1, 1)) == 0
    assert accrued_fen(1_000_000, [(date(2020, 10, 1), 500_000)], DUE, date(2020, 10, 30)) == 2_500
    assert accrued_fen(1_000_000, [], DUE, DUE) == 0
    assert accrued_fen(1_000_000, [], DUE, date(2020, 10, 1)) == 0


def test_more_than_is_owed_earns_nothing_and_what_went_back_is_open_again() -> None:
    assert accrued_fen(1_000, [(date(2020, 10, 1), 5_000)], DUE, date(2021, 1, 1)) == 0
    received = [(date(2020, 10, 1), 1_000_000), (date(2020, 10, 30), -1_000_000)]
    assert accrued_fen(1_000_000, received, DUE, date(2020, 11, 9)) == 5_000


def test_it_is_rounded_once_at_the_end() -> None:
    received = [(DUE + timedelta(days=day), 1) for day in range(1, 4)]
    # 999 + 998 + 997 fen-days of 0.05 %: 1.497, each day alone would give 0
    assert accrued_fen(999, received, DUE, DUE + timedelta(days=3)) == 1


@given(
    st.integers(min_value=0, max_value=10**9),
    st.lists(st.tuples(st.integers(min_value=-30, max_value=90), st.integers(min_value=0, max_value=10**9))),
    st.integers(min_value=0, max_value=90),
)
def test_it_is_the_sum_over_days_whatever_the_order_of_receipts(
    worth_fen: int, receipts: list[tuple[int, int]], days: int
) -> None:
    received = [(DUE + timedelta(days=day), fen) for day, fen in receipts]
    open_days = sum(
        max(worth_fen - sum(fen for day, fen in receipts if day < late), 0) for late in range(1, days + 1)
    )
    expected = (2 * open_days * 5 + 10_000) // 20_000
    assert accrued_fen(worth_fen, received, DUE, DUE + timedelta(days=days)) == expected
    if not receipts:
        assert expected == late_interest_fen(worth_fen, DUE, DUE + timedelta(days=days))
