"""Returns by quantity, and what the ledger hears of them when the money is back."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, Forbidden, IllegalTransition, Invalid
from marketplace.orders import service
from marketplace.orders.models import OrderReturn
from marketplace.payments import service as payments
from marketplace.payments.models import Refund
from marketplace.producers.models import Product
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop


def _confirm(shop: Shop, refund: Refund | None) -> None:
    assert refund is not None
    payments.confirm_refund(shop.session, shop.finance, refund.number, reference=f"B{refund.number}")


def test_a_refund_reverses_when_its_money_is_back_and_in_that_month(shop: Shop, heard: Heard) -> None:
    order = shop.complete([2])
    refund = shop.returned(order, 1, 1)
    assert refund is not None
    assert (refund.amount_fen, order.payment_state, heard.reversed) == (4900, "paid", [])
    later = NOON + timedelta(days=33)
    with frozen_at(later):
        _confirm(shop, refund)
    [fact] = heard.reversed
    assert (fact.event_id, fact.reversed_at, fact.reason) == (refund.id, later, "return")
    [line] = fact.lines
    assert (line.line_id, line.sale_fen, line.quantity_milli, line.weight_g) == (
        shop.lines(order)[0].id,
        4900,
        1000,
        2500,
    )
    assert (order.payment_state, order.refunded_fen, order.owed_back_fen) == ("partly_refunded", 4900, 4900)


def test_an_order_returned_unit_by_unit_ends_refunded_and_owes_nothing(
    session: Session, heard: Heard
) -> None:
    shop = open_shop(session, (100,))
    order = shop.complete([3])
    for _ in range(3):
        _confirm(shop, shop.returned(order, 1, 1))
    assert [line.sale_fen for fact in heard.reversed for line in fact.lines] == [100, 100, 100]
    sold = heard.counted[0].lines[0].product_id
    assert [line.product_id for fact in heard.reversed for line in fact.lines] == [sold] * 3
    assert (order.payment_state, service.due_fen(order)) == ("refunded", 0)
    with pytest.raises(Invalid) as refused:
        service.request_return(shop.session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality")
    assert refused.value.code == "quantity"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 9_999))
def test_returning_every_unit_in_any_parts_nets_the_ledger_to_zero(
    session: Session, parts: list[int], price: int
) -> None:
    heard = Heard()
    heard.compose()
    with frozen_at(NOON):
        shop = open_shop(session, (price,))
        order = shop.complete([sum(parts)])
        for quantity in parts:
            _confirm(shop, shop.returned(order, 1, quantity))
    counted = [line for fact in heard.counted for line in fact.lines]
    back = [line for fact in heard.reversed for line in fact.lines]
    assert sum(line.sale_fen for line in counted) == sum(line.sale_fen for line in back) == price * sum(parts)
    assert sum(line.quantity_milli for line in back) == sum(parts) * 1000
    assert (order.paid_fen, order.refunded_fen) == (price * sum(parts), price * sum(parts))


def test_goods_returned_before_the_line_counts_are_left_out_of_it(shop: Shop, heard: Heard) -> None:
    order = shop.place([3])
    shop.pay(order)
    shop.deliver(order)
    service.accept(shop.session, shop.buyer_actor, order.number)
    refund = shop.returned(order, 1, 1)
    service.evaluate(shop.session, shop.buyer_actor, order.number, stars=5)
    [line] = heard.counted[0].lines
    assert (line.sale_fen, line.quantity_milli) == (9800, 2000)
    _confirm(shop, refund)
    assert heard.reversed == []


def test_a_return_of_an_unpaid_order_is_settled_without_a_refund(shop: Shop) -> None:
    order = shop.place([3], payment_method="after_delivery")
    shop.deliver(order)
    service.accept(shop.session, shop.buyer_actor, order.number)
    assert shop.returned(order, 1, 1) is None
    assert shop.session.scalars(select(OrderReturn.state)).all() == ["settled"]
    assert service.due_fen(order) == 9800


def test_more_than_was_accepted_cannot_go_back_even_in_two_requests(shop: Shop) -> None:
    order = shop.complete([3])
    number = order.number
    service.request_return(shop.session, shop.buyer_actor, number, [service.Part(1, 2)], "quality")
    with pytest.raises(Invalid) as refused:
        service.request_return(shop.session, shop.buyer_actor, number, [service.Part(1, 2)], "quality")
    assert refused.value.code == "quantity"
    service.request_return(shop.session, shop.buyer_actor, number, [service.Part(1, 1)], "quality")


def test_a_refused_or_withdrawn_return_frees_its_units(shop: Shop) -> None:
    order = shop.complete([1])
    first = service.request_return(
        shop.session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality"
    )
    service.decide_return(shop.session, shop.seller_actor, first.number, approve=False, opinion="证据不足")
    second = service.request_return(
        shop.session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality"
    )
    service.withdraw_return(shop.session, shop.buyer_actor, second.number)
    third = service.request_return(
        shop.session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality"
    )
    assert [first.state, second.state, third.state] == ["refused", "withdrawn", "requested"]


def test_without_a_reason_only_seven_days_and_never_for_perishable_goods(shop: Shop) -> None:
    order = shop.complete([3])
    part = [service.Part(1, 1)]
    with frozen_at(NOON + timedelta(days=8)), pytest.raises(Conflict) as late:
        service.request_return(shop.session, shop.buyer_actor, order.number, part, "no_reason")
    assert late.value.code == "no_reason_too_late"
    with frozen_at(NOON + timedelta(days=7)):
        service.request_return(shop.session, shop.buyer_actor, order.number, part, "no_reason")
    shop.session.execute(update(Product).values(is_perishable=True))
    with pytest.raises(Conflict) as fresh:
        service.request_return(shop.session, shop.buyer_actor, order.number, part, "no_reason")
    assert fresh.value.code == "no_reason_perishable"
    service.request_return(shop.session, shop.buyer_actor, order.number, part, "quality")


def test_nothing_goes_back_before_it_was_accepted(shop: Shop) -> None:
    order = shop.place([1])
    with pytest.raises(Conflict) as refused:
        service.request_return(shop.session, shop.buyer_actor, order.number, [service.Part(1, 1)], "quality")
    assert refused.value.code == "not_returnable"


def test_goods_are_received_once(shop: Shop) -> None:
    order = shop.complete([2])
    refund = shop.returned(order, 1, 1)
    number = shop.session.scalars(select(OrderReturn.number)).one()
    with pytest.raises(IllegalTransition):
        service.receive_return(shop.session, shop.seller_actor, number)
    assert shop.session.scalars(select(Refund.id)).all() == [refund.id if refund else None]


def test_a_refund_is_confirmed_once_and_not_by_whoever_asked_for_it(shop: Shop, heard: Heard) -> None:
    order = shop.complete([2])
    refund = shop.returned(order, 1, 1)
    assert refund is not None
    same = actor_of("finance_clerk", person_id=shop.seller_actor.person_id)
    with pytest.raises(Forbidden) as refused:
        payments.confirm_refund(shop.session, same, refund.number, reference="B1")
    assert refused.value.code == "same_person"
    _confirm(shop, refund)
    with pytest.raises(IllegalTransition):
        _confirm(shop, refund)
    assert (len(heard.reversed), order.refunded_fen) == (1, 4900)
