"""Refunds of what was paid online: asked for once, never more than was taken, found when somebody made them elsewhere."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.app import compose
from marketplace.attribution.service.verify import verify
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict
from marketplace.orders import service as orders
from marketplace.orders.models import OrderLine
from marketplace.payments import service as payments
from marketplace.payments.models import OnlinePayment
from marketplace.payments.service.books import balance
from marketplace.payments.service.gateway_sweep import reconcile
from marketplace.payments.service.refund_again import refund_again
from tests.orders_world import NOON, actor_of
from tests.support.online_shop import LATER, Till

ACCOUNTS = ("buyer_receivable", "producer_payable", "stripe_clearing", "buyer_balance")


def balances() -> list[int]:
    with db.transaction() as session:
        return [balance(session, account) for account in ACCOUNTS]


def test_a_cancelled_order_that_was_paid_online_is_refunded_by_the_worker(paying: Till) -> None:
    number, payment_id = paying.paid()
    paying.cancel(number)
    paying.work()
    [refund] = paying.refunds(number)
    assert (refund.state, refund.amount_fen, refund.online_payment_id) == ("confirmed", 9800, payment_id)
    assert refund.reference == refund.gateway_id
    order = paying.sales_order(number)
    assert (order.refunded_fen, order.payment_state) == (9800, "refunded")
    assert balances() == [0, 0, 0, 0]
    assert set(paying.hear()) == {"applied"}
    assert (paying.fake.net(), reconcile()) == (0, [])


@pytest.mark.parametrize("fault", ["dropped_before", "dropped_after", "limited", "locked", "failed_after"])
def test_a_refund_whose_answer_was_lost_is_asked_for_with_the_same_key(paying: Till, fault: str) -> None:
    number, _ = paying.paid()
    paying.cancel(number)
    paying.fake.dice.planned.append(fault)
    paying.work()
    assert paying.refunds(number)[0].state == "unknown"
    with pytest.raises(Conflict) as refused, db.transaction() as session:
        payments.confirm_refund(
            session, paying.shop.finance, paying.refunds(number)[0].number, reference="B-1"
        )
    assert refused.value.code == "refund_at_gateway"
    paying.fake.take_outbox()
    with frozen_at(NOON + LATER):
        paying.work()
    assert (paying.refunds(number)[0].state, len(paying.there.refunds)) == ("confirmed", 1)
    assert (paying.sales_order(number).refunded_fen, paying.fake.net()) == (9800, 0)


def test_a_refund_that_failed_at_the_gateway_is_given_back_by_transfer(paying: Till) -> None:
    number, payment_id = paying.paid()
    paying.cancel(number)
    paying.fake.dice.planned.append("failed_before")
    paying.work()
    with frozen_at(NOON + LATER):
        paying.work()
    [refund] = paying.refunds(number)
    assert (refund.state, paying.payment(payment_id).given_back_fen, paying.fake.net()) == ("failed", 0, 9800)
    with pytest.raises(Conflict) as refused, db.transaction() as session:
        payments.confirm_refund(session, paying.shop.finance, refund.number, reference="B-1")
    assert refused.value.code == "refund_failed"
    with db.transaction() as session:
        again, _ = refund_again(session, paying.shop.finance, refund.number, way="bank")
    with db.transaction() as session:
        payments.confirm_refund(session, actor_of("finance_clerk"), again.number, reference="B-1")
    assert {one.state for one in paying.refunds(number)} == {"replaced", "confirmed"}
    assert paying.sales_order(number).refunded_fen == 9800
    assert balances() == [0, 0, 0, 0]


def test_a_refund_older_than_its_key_is_looked_for(paying: Till) -> None:
    number, _ = paying.paid()
    paying.cancel(number)
    paying.fake.dice.planned.append("dropped_after")
    paying.work()
    paying.fake.take_outbox()
    with frozen_at(NOON + 14 * LATER):
        paying.work()
    assert (paying.refunds(number)[0].state, len(paying.there.refunds)) == ("confirmed", 1)


def test_a_refund_on_its_way_is_confirmed_when_it_arrives_and_not_before(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number, "alipay")
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.hear()
    paying.cancel(number)
    paying.work()
    paying.hear()
    assert (paying.refunds(number)[0].state, paying.sales_order(number).refunded_fen) == ("sent", 0)
    [refund_id] = paying.there.refunds
    paying.there.settle_refund(refund_id)
    paying.hear()
    assert (paying.refunds(number)[0].state, paying.sales_order(number).refunded_fen) == ("confirmed", 9800)


def test_a_refund_that_comes_back_after_all_is_owed_to_the_buyer_again(paying: Till) -> None:
    number, payment_id = paying.paid()
    paying.cancel(number)
    paying.work()
    [refund_id] = paying.there.refunds
    paying.there.settle_refund(refund_id, arrives=False)
    paying.hear()
    assert balances() == [0, -9800, 0, 9800]  # the producer has it, the buyer is owed it
    assert paying.payment(payment_id).given_back_fen == 0
    assert [(one.kind, one.reason) for one in reconcile()] == [("given_back", "bounced")]


def test_no_more_goes_back_than_was_captured_whoever_asks(paying: Till) -> None:
    _, payment_id = paying.paid()
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(text("UPDATE payments.online_payment SET given_back_fen = captured_fen + 1"))
    paying.fake.account("acct_producer").refund(
        {"payment_intent": paying.payment(payment_id).intent_id, "amount": "9800"}
    )
    paying.hear()
    assert (paying.payment(payment_id).given_back_fen, paying.fake.net()) == (9800, 0)


def test_a_refund_made_in_the_dashboard_is_booked_as_money_back_without_goods(paying: Till) -> None:
    number, payment_id = paying.paid((3,))
    paying.there.refund({"payment_intent": paying.payment(payment_id).intent_id, "amount": "1001"})
    assert paying.hear() == ["applied", "applied"]
    [refund] = paying.refunds(number)
    order = paying.sales_order(number)
    assert (refund.kind, refund.state, refund.amount_fen) == ("goodwill", "confirmed", 1001)
    assert (order.refunded_fen, order.deducted_fen, order.payment_state) == (1001, 1001, "partly_refunded")
    with db.transaction() as session:
        lines = session.scalars(select(OrderLine.refunded_fen).where(OrderLine.order_id == order.id)).all()
        assert lines == [1001]
    assert balances() == [0, 0, 0, 0]
    assert (paying.fake.net(), reconcile()) == (14_700 - 1001, [])
    paying.cancel(number)  # the rest goes back as ever
    paying.work()
    assert (paying.sales_order(number).refunded_fen, paying.fake.net(), reconcile()) == (14_700, 0, [])


def test_without_a_message_the_daily_comparison_finds_and_books_it(paying: Till) -> None:
    number, payment_id = paying.paid()
    paying.there.refund({"payment_intent": paying.payment(payment_id).intent_id, "amount": "500"})
    paying.fake.take_outbox()
    assert reconcile() == []
    assert paying.sales_order(number).refunded_fen == 500


def test_a_refund_that_waits_for_people_and_was_made_in_the_dashboard_is_that_refund(paying: Till) -> None:
    number, payment_id = paying.paid()
    paying.cancel(number)
    paying.there.refund({"payment_intent": paying.payment(payment_id).intent_id, "amount": "9800"})
    paying.hear()
    [refund] = paying.refunds(number)
    assert (refund.kind, refund.state) == ("return", "confirmed")
    paying.work()
    assert (len(paying.there.refunds), paying.sales_order(number).refunded_fen) == (1, 9800)
    assert balances() == [0, 0, 0, 0]


def test_a_counted_sale_is_reversed_by_what_went_back_without_goods(paying: Till) -> None:
    compose()  # the real ledger hears
    number, payment_id = paying.paid()
    shop = paying.shop
    with db.transaction() as session:
        order = orders.lock_order(session, number)
        orders.confirm(session, shop.seller_actor, number)
        orders.ship(session, shop.seller_actor, number)
        orders.deliver(session, shop.seller_actor, number)
        orders.accept(session, shop.buyer_actor, number)
        orders.evaluate(session, shop.buyer_actor, number, stars=5)
        assert order.counted_at is not None
    paying.there.refund({"payment_intent": paying.payment(payment_id).intent_id, "amount": "801"})
    paying.hear()
    with db.transaction() as session:
        sums = session.execute(
            text("SELECT sum(sale_fen), sum(quantity_milli) FROM attribution.entry WHERE is_demo")
        ).one()
        broken = [(one.code, one.broken) for one in verify(session) if one.broken]
    assert (int(sums[0]), int(sums[1])) == (9800 - 801, 2_000)
    assert broken == []


def test_two_payments_of_an_order_are_each_refunded_on_their_own(paying: Till) -> None:
    number = paying.order((2,))
    with db.transaction() as session:
        payments.record_transfer(
            session,
            paying.shop.finance,
            number,
            amount_fen=4_800,
            currency="CNY",
            reference="R-1",
            payer_name="演示预算单位",
            paid_at=NOON,
        )
    payment_id = paying.begin(number)
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.hear()
    paying.cancel(number)
    paying.work()
    # 98.00 do not fit on the 50.00 that were paid online: people give all of it back by transfer.
    [refund] = paying.refunds(number)
    assert (refund.state, refund.amount_fen, refund.next_try_at) == ("requested", 9800, None)
    with db.transaction() as session:
        assert session.scalar(select(OnlinePayment.given_back_fen)) == 0
