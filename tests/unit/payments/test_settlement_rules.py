"""When settlement is due, and the transfers of a payout and of its return."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments.rules.accounts import ACCOUNT_BY_CODE, KINDS, Side
from marketplace.payments.rules.charges import COMMISSION, LEVY, Charged, charge_after, charge_legs, is_levied
from marketplace.payments.rules.settlement import (
    POLICIES,
    SettlementPolicy,
    confirmed_legs,
    due_day,
    last_cut_off,
    next_cut_off,
    policy_for,
    returned_legs,
    sent_legs,
)

DAYS = st.dates(date(2019, 1, 1), date(2030, 12, 31))
ONE, TWO, PRODUCER = UUID(int=1), UUID(int=2), UUID(int=9)


@pytest.mark.parametrize(
    ("day", "last", "following"),
    [
        (date(2020, 10, 1), date(2020, 9, 30), date(2020, 10, 10)),
        (date(2020, 10, 10), date(2020, 9, 30), date(2020, 10, 10)),
        (date(2020, 10, 11), date(2020, 10, 10), date(2020, 10, 20)),
        (date(2020, 2, 29), date(2020, 2, 20), date(2020, 2, 29)),
        (date(2020, 3, 1), date(2020, 2, 29), date(2020, 3, 10)),
        (date(2020, 12, 31), date(2020, 12, 20), date(2020, 12, 31)),
        (date(2021, 1, 1), date(2020, 12, 31), date(2021, 1, 10)),
    ],
)
def test_runs_go_through_the_tenth_the_twentieth_and_the_last_day(
    day: date, last: date, following: date
) -> None:
    assert (last_cut_off(POLICIES[0], day), next_cut_off(POLICIES[0], day)) == (last, following)


@given(DAYS)
def test_every_day_has_a_policy_and_lies_between_two_cut_offs(day: date) -> None:
    policy = policy_for("441403", day)
    assert last_cut_off(policy, day) < day <= next_cut_off(policy, day)


def test_the_longer_place_and_the_later_start_win() -> None:
    whole = POLICIES[0]
    city = SettlementPolicy("city", "4414", date(2020, 1, 1), date(2021, 1, 1), 7, (31,), "a document")
    chosen = [
        policy_for(place, day, (whole, city)).code
        for place, day in (
            ("441403", date(2020, 6, 1)),
            ("440104", date(2020, 6, 1)),
            ("441403", date(2021, 1, 1)),
        )
    ]
    assert chosen == ["city", "counted_2019", "counted_2019"]
    assert due_day(city, date(2020, 9, 28)) == date(2020, 10, 5)
    with pytest.raises(LookupError):
        policy_for("441403", date(2018, 1, 1), (city,))


def test_a_payout_and_its_return_are_exact_opposites() -> None:
    by_order = {ONE: 9_800, TWO: -300}
    sent, back = sent_legs(PRODUCER, by_order), returned_legs(PRODUCER, by_order)
    assert [(leg.debit, leg.credit, leg.amount_fen) for leg in sent[ONE]] == [
        (Side("producer_payable", PRODUCER), Side("payout_clearing", PRODUCER), 9_800)
    ]
    assert [(leg.debit, leg.credit, leg.amount_fen) for leg in sent[TWO]] == [
        (Side("payout_clearing", PRODUCER), Side("producer_payable", PRODUCER), 300)
    ]
    for order_id in by_order:
        assert [(leg.debit, leg.credit, leg.amount_fen) for leg in back[order_id]] == [
            (leg.credit, leg.debit, leg.amount_fen) for leg in sent[order_id]
        ]
    assert sent_legs(PRODUCER, {ONE: 0}) == {}


def test_every_transfer_that_is_made_here_is_of_a_declared_kind_and_account() -> None:
    legs = [
        *confirmed_legs(PRODUCER, 1),
        *(leg for each in sent_legs(PRODUCER, {ONE: 1}).values() for leg in each),
        *(leg for each in returned_legs(PRODUCER, {ONE: 1}).values() for leg in each),
        *(
            leg
            for kind in (LEVY, COMMISSION)
            for fen in (1, -1)
            for leg in charge_legs(kind, PRODUCER, fen, None)
        ),
    ]
    assert {leg.kind for leg in legs} <= set(KINDS)
    assert {side.account for leg in legs for side in (leg.debit, leg.credit)} <= set(ACCOUNT_BY_CODE)
    assert charge_legs(LEVY, None, 0, None) == []


@pytest.mark.parametrize(
    ("goods_class", "levy_bp", "levied"),
    [
        ("ordinary", 100, True),
        ("ordinary", 0, False),
        ("certified_aid", 100, False),
        ("area_produce", 100, False),
    ],
)
def test_only_ordinary_goods_are_levied(goods_class: str, levy_bp: int, levied: bool) -> None:
    assert is_levied(goods_class, levy_bp) is levied


@given(st.integers(1, 10_000), st.integers(1, 10**9), st.lists(st.integers(0, 10**8), max_size=8))
def test_charges_of_a_line_sum_to_the_rate_on_its_net_and_are_never_below_zero(
    rate_bp: int, fen: int, back: list[int]
) -> None:
    base, charged = fen, charge_after(rate_bp, Charged(0, 0), fen)
    for part in back:
        part = min(part, base)
        charged += charge_after(rate_bp, Charged(base, charged), -part)
        base -= part
        assert 0 <= charged <= base
    assert charged + charge_after(rate_bp, Charged(base, charged), -base) == 0
