"""Interest on late payment: claimed by the producer, booked beside the order, received or given up."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import InboxNotice
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, IllegalTransition
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments.service.books import balance
from marketplace.payments.service.checks import open_amount_differences
from marketplace.payments.service.interest import (
    claim_interest,
    interest_of,
    receive_interest,
    waive_interest,
)
from tests.orders_world import NOON, Shop, actor_of

LATE = NOON + timedelta(days=130)  # 2021-02-08: due 2020-10-31, a hundred days late


@pytest.fixture
def order(shop: Shop) -> SalesOrder:
    order = shop.place([90], payment_method="after_delivery")  # 4,410.00
    shop.deliver(order)
    orders.accept(shop.session, shop.buyer_actor, order.number)
    assert (order.total_fen, order.due_on) == (441_000, date(2020, 10, 31))
    return order


@pytest.fixture
def cashier(order: SalesOrder) -> Actor:
    return actor_of("producer_finance", order.producer_organisation_id)


def stands(shop: Shop, order: SalesOrder) -> tuple[int, int, int, int]:
    """(interest owed, interest to pass on, price owed, unexplained at the producer's bank)."""
    return (
        balance(shop.session, "interest_receivable", order_id=order.id),
        balance(shop.session, "interest_payable", order_id=order.id),
        balance(shop.session, "buyer_receivable", order_id=order.id),
        balance(shop.session, "bank", order_id=order.id),
    )


def test_a_claim_is_what_accrued_until_today_and_is_booked_beside_the_order(
    shop: Shop, order: SalesOrder, cashier: Actor
) -> None:
    with frozen_at(LATE):
        row = claim_interest(shop.session, cashier, order.number)
        assert (row.amount_fen, row.due_on, row.until) == (22_050, date(2020, 10, 31), date(2021, 2, 8))
        assert stands(shop, order) == (22_050, 22_050, 441_000, 0)
        receive_interest(shop.session, cashier, row.number, reference="B-77")
    assert (row.state, stands(shop, order)) == ("received", (0, 0, 441_000, 0))
    assert open_amount_differences(shop.session) == []
    told = shop.session.scalars(
        select(InboxNotice.detail).where(InboxNotice.kind == "interest_claimed")
    ).all()
    assert told == [{"number": row.number, "amount_fen": 22_050}]


def test_the_next_claim_is_for_what_came_since(shop: Shop, order: SalesOrder, cashier: Actor) -> None:
    with frozen_at(LATE):
        first = claim_interest(shop.session, cashier, order.number)
        with pytest.raises(Conflict) as refused:
            claim_interest(shop.session, cashier, order.number)
        assert refused.value.code == "claim_open"
        receive_interest(shop.session, cashier, first.number, reference="B-1")
        with pytest.raises(Conflict) as refused:
            claim_interest(shop.session, cashier, order.number)
        assert refused.value.code == "no_interest"
    with frozen_at(LATE + timedelta(days=10)):
        second = claim_interest(shop.session, cashier, order.number)
        assert second.amount_fen == 2_205
        with pytest.raises(AlreadyExists), shop.session.begin_nested():
            receive_interest(shop.session, cashier, second.number, reference="B-1")


def test_an_order_that_was_paid_late_still_owes_its_interest(
    shop: Shop, order: SalesOrder, cashier: Actor
) -> None:
    paid_at = NOON + timedelta(days=50)  # 2020-11-20, twenty days late
    with frozen_at(paid_at):
        shop.pay(order, at=paid_at)
    with frozen_at(LATE):
        assert claim_interest(shop.session, cashier, order.number).amount_fen == 4_410
    assert order.payment_state == "paid"


def test_goods_that_were_refused_were_never_owed(shop: Shop, cashier: Actor, order: SalesOrder) -> None:
    shop.returned(order, 1, 45)
    with frozen_at(LATE):
        assert interest_of(shop.session, shop.buyer_actor, order.number).accrued_fen == 11_025


def test_a_claim_that_is_given_up_leaves_no_trace_in_the_balances_and_may_be_raised_again(
    shop: Shop, order: SalesOrder, cashier: Actor
) -> None:
    with frozen_at(LATE):
        row = claim_interest(shop.session, cashier, order.number)
        waive_interest(shop.session, cashier, row.number)
        assert stands(shop, order) == (0, 0, 441_000, 0)
        with pytest.raises(IllegalTransition):
            receive_interest(shop.session, cashier, row.number, reference="B-1")
        with pytest.raises(IllegalTransition):
            waive_interest(shop.session, cashier, row.number)
        assert claim_interest(shop.session, cashier, order.number).amount_fen == 22_050


def test_only_the_producers_own_finance_claims(shop: Shop, order: SalesOrder) -> None:
    with frozen_at(LATE):
        for actor in (shop.buyer_actor, shop.seller_actor, shop.finance):
            with pytest.raises(Forbidden):
                claim_interest(shop.session, actor, order.number)
    assert stands(shop, order) == (0, 0, 441_000, 0)


def test_nothing_is_owed_in_time_or_on_prepaid_orders(shop: Shop, order: SalesOrder, cashier: Actor) -> None:
    prepaid = shop.place([1])
    with frozen_at(NOON + timedelta(days=30)), pytest.raises(Conflict) as refused:
        claim_interest(shop.session, cashier, order.number)
    assert refused.value.code == "no_interest"
    with frozen_at(LATE):
        assert interest_of(shop.session, shop.buyer_actor, prepaid.number).accrued_fen == 0
