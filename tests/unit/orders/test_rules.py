from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import IllegalTransition
from marketplace.core.states import StateMachine
from marketplace.orders.counting import FACTS
from marketplace.orders.rules import (
    FACTS_OF_STATE,
    ORDER,
    PAYMENT,
    RETURN,
    RETURNABLE,
    facts_of,
    invoice_state,
    payment_state,
    sold_at,
)

MACHINES = (ORDER, PAYMENT, RETURN)
PLACED = datetime(2020, 9, 12, 1, tzinfo=UTC)
PAID = datetime(2020, 9, 30, 1, tzinfo=UTC)


def test_an_order_goes_the_whole_way_and_no_step_back() -> None:
    way = [
        "placed",
        "confirmed",
        "partly_shipped",
        "shipped",
        "delivered",
        "partly_accepted",
        "evaluated",
        "closed",
    ]
    for earlier, later in pairwise(way):
        ORDER.require(earlier, later)
        assert not ORDER.may(later, earlier)


@pytest.mark.parametrize("state", [state for state in ORDER.states if state not in {"placed", "confirmed"}])
def test_nothing_shipped_or_ended_can_be_cancelled(state: str) -> None:
    with pytest.raises(IllegalTransition) as refused:
        ORDER.require(state, "cancelled")
    assert refused.value.extra["current"] == state


def test_an_order_ends_closed_or_cancelled_only() -> None:
    assert ORDER.terminal == {"closed", "cancelled"}
    assert PAYMENT.terminal == {"refunded", "void"}
    assert RETURN.terminal == {"refunded", "settled", "refused", "withdrawn"}


@given(st.sampled_from(MACHINES), st.data())
def test_a_walk_never_meets_a_state_without_a_way_to_an_end(
    machine: StateMachine, data: st.DataObject
) -> None:
    state, steps = machine.initial, 0
    while machine.transitions[state]:
        step = data.draw(st.sampled_from(machine.transitions[state]))
        machine.require(state, step)
        state, steps = step, steps + 1
        assert steps < len(machine.states)
    assert state in machine.terminal


@given(st.sampled_from(MACHINES), st.data())
def test_a_step_outside_the_table_is_refused(machine: StateMachine, data: st.DataObject) -> None:
    current, target = data.draw(st.sampled_from(machine.states)), data.draw(st.sampled_from(machine.states))
    if target in machine.transitions[current]:
        machine.require(current, target)
    else:
        with pytest.raises(IllegalTransition):
            machine.require(current, target)


@given(
    st.integers(min_value=1, max_value=10**12),
    st.lists(
        st.tuples(st.sampled_from(["pay", "return", "refund", "cancel"]), st.integers(1, 10**12)), max_size=12
    ),
)
def test_the_state_of_the_money_only_takes_steps_of_its_table(
    total: int, events: list[tuple[str, int]]
) -> None:
    due, captured, refunded = total, 0, 0
    state = payment_state(due, captured, refunded)
    for kind, amount in events:
        if kind == "pay":
            captured += min(amount, max(due - (captured - refunded), 0)) if refunded == 0 else 0
        elif kind == "return":
            due -= min(amount, due) if captured else 0
        elif kind == "cancel":
            due = 0
        else:
            refunded += min(amount, max(captured - refunded - due, 0))
        after = payment_state(due, captured, refunded)
        assert after == state or PAYMENT.may(state, after)
        state = after


def test_money_states_follow_from_the_amounts() -> None:
    assert payment_state(9800, 0, 0) == "unpaid"
    assert payment_state(9800, 4900, 0) == "partly_paid"
    assert payment_state(9800, 9800, 0) == "paid"
    assert payment_state(4900, 9800, 4900) == "partly_refunded"
    assert payment_state(0, 9800, 9800) == "refunded"
    assert payment_state(0, 0, 0) == "void"


def test_a_sale_happens_at_payment_or_placement_by_the_method() -> None:
    assert sold_at("prepaid", PLACED, None) is None
    assert sold_at("prepaid", PLACED, PAID) == PAID
    assert sold_at("after_delivery", PLACED, None) == PLACED
    assert sold_at("after_delivery", PLACED, PAID) == PLACED


def test_facts_grow_along_the_way_of_an_order() -> None:
    assert facts_of("shipped", "paid", "none") == {"ordered", "paid"}
    assert facts_of("delivered", "unpaid", "issued") == {"ordered", "delivered", "invoiced"}
    assert facts_of("evaluated", "paid", "issued") == set(FACTS)
    assert facts_of("closed", "paid", "none", evaluated=True) == {
        "ordered",
        "delivered",
        "accepted",
        "evaluated",
        "paid",
    }
    assert facts_of("cancelled", "refunded", "reversed") == {"ordered"}
    assert RETURNABLE <= set(FACTS_OF_STATE) <= set(ORDER.states)


@pytest.mark.parametrize(
    ("worth_fen", "blue_fen", "red_fen", "asked", "state"),
    [
        (9800, 0, 0, False, "none"),
        (9800, 0, 0, True, "requested"),
        (9800, 4900, 0, False, "partly_issued"),
        (9800, 9800, 0, False, "issued"),
        (4900, 9800, 0, False, "issued"),  # a red letter is owed
        (4900, 9800, 4900, False, "partly_reversed"),
        (9800, 9800, 4900, False, "partly_issued"),
        (9800, 9800, 9800, False, "reversed"),
        (9800, 19600, 9800, False, "partly_reversed"),
        (0, 9800, 0, False, "issued"),
        (0, 9800, 9800, False, "reversed"),
    ],
)
def test_an_order_is_invoiced_when_blue_less_red_covers_what_it_is_worth(
    worth_fen: int, blue_fen: int, red_fen: int, asked: bool, state: str
) -> None:
    assert invoice_state(worth_fen, blue_fen, red_fen, asked=asked) == state
