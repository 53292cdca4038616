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
from tests.orders_world import NOON
from tests.support.online_shop import LATER, Till

ACCOUNTS = ("buyer_receivable", "producer_payable", "stripe_clearing", "buyer_balance")


def balances() -> list[int]:
    with db.transaction() as session:
        return [balance(session, account) for account in ACCOUNTS]


def test_a_cancelled_order_that_was_paid_online_is_refunded_by_the_worker(till: Till) -> None:
    number, payment_id = till.paid()
    till.cancel(number)
    till.work()
    [refund] = till.refunds(number)
    assert (refund.state, refund.amount_fen, refund.online_payment_id) == ("confirmed", 9800, payment_id)
    assert refund.reference == refund.gateway_id
    order = till.sales_order(number)
    assert (order.refunded_fen, order.payment_state) == (9800, "refunded")
    assert balances() == [0, 0, 0, 0]
    assert set(till.hear()) == {"applied"}
    assert (till.fake.net(), reconcile()) == (0, [])


@pytest.mark.parametrize("fault", ["dropped_before", "dropped_after", "limited", "locked", "failed_after"])
def test_a_refund_whose_answer_was_lost_is_asked_for_with_the_same_key(till: Till, fault: str) -> None:
    number, _ = till.paid()
    till.cancel(number)
    till.fake.dice.planned.append(fault)
    till.work()
    assert till.refunds(number)[0].state == "unknown"
    with pytest.raises(Conflict) as refused, db.transaction() as session:
        payments.confirm_refund(session, till.shop.finance, till.refunds(number)[0].number, reference="B-1")
    assert refused.value.code == "refund_at_gateway"
    till.fake.take_outbox()
    with frozen_at(NOON + LATER):
        till.work()
    assert (till.refunds(number)[0].state, len(till.there.refunds)) == ("confirmed", 1)
    assert (till.sales_order(number).refunded_fen, till.fake.net()) == (9800, 0)


def test_a_refund_that_failed_at_the_gateway_is_given_back_by_transfer(till: Till) -> None:
    number, payment_id = till.paid()
    till.cancel(number)
    till.fake.dice.planned.append("failed_before")
    till.work()
    with frozen_at(NOON + LATER):
        till.work()
    [refund] = till.refunds(number)
    assert (refund.state, till.payment(payment_id).given_back_fen, till.fake.net()) == ("failed", 0, 9800)
    with db.transaction() as session:
        payments.confirm_refund(session, till.shop.finance, refund.number, reference="B-1")
    assert (till.refunds(number)[0].state, till.sales_order(number).refunded_fen) == ("confirmed", 9800)
    assert balances() == [0, 0, 0, 0]


def test_a_refund_older_than_its_key_is_looked_for(till: Till) -> None:
    number, _ = till.paid()
    till.cancel(number)
    till.fake.dice.planned.append("dropped_after")
    till.work()
    till.fake.take_outbox()
    with frozen_at(NOON + 14 * LATER):
        till.work()
    assert (till.refunds(number)[0].state, len(till.there.refunds)) == ("confirmed", 1)


def test_a_refund_on_its_way_is_confirmed_when_it_arrives_and_not_before(till: Till) -> None:
    number = till.order()
    payment_id = till.begin(number, "alipay")
    till.work()
    till.there.pay(till.payment(payment_id).intent_id or "")
    till.hear()
    till.cancel(number)
    till.work()
    till.hear()
    assert (till.refunds(number)[0].state, till.sales_order(number).refunded_fen) == ("sent", 0)
    [refund_id] = till.there.refunds
    till.there.settle_refund(refund_id)
    till.hear()
    assert (till.refunds(number)[0].state, till.sales_order(number).refunded_fen) == ("confirmed", 9800)


def test_a_refund_that_comes_back_after_all_is_owed_to_the_buyer_again(till: Till) -> None:
    number, payment_id = till.paid()
    till.cancel(number)
    till.work()
    [refund_id] = till.there.refunds
    till.there.settle_refund(refund_id, arrives=False)
    till.hear()
    assert balances() == [0, -9800, 0, 9800]  # the producer has it, the buyer is owed it
    assert till.payment(payment_id).given_back_fen == 0
    assert [(one.kind, one.reason) for one in reconcile()] == [("given_back", "bounced")]


def test_no_more_goes_back_than_was_captured_whoever_asks(till: Till) -> None:
    _, payment_id = till.paid()
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(text("UPDATE payments.online_payment SET given_back_fen = captured_fen + 1"))
    till.fake.account("acct_producer").refund(
        {"payment_intent": till.payment(payment_id).intent_id, "amount": "9800"}
    )
    till.hear()
    assert (till.payment(payment_id).given_back_fen, till.fake.net()) == (9800, 0)


def test_a_refund_made_in_the_dashboard_is_booked_as_money_back_without_goods(till: Till) -> None:
    number, payment_id = till.paid((3,))
    till.there.refund({"payment_intent": till.payment(payment_id).intent_id, "amount": "1001"})
    assert till.hear() == ["applied", "applied"]
    [refund] = till.refunds(number)
    order = till.sales_order(number)
    assert (refund.kind, refund.state, refund.amount_fen) == ("goodwill", "confirmed", 1001)
    assert (order.refunded_fen, order.deducted_fen, order.payment_state) == (1001, 1001, "partly_refunded")
    with db.transaction() as session:
        lines = session.scalars(select(OrderLine.refunded_fen).where(OrderLine.order_id == order.id)).all()
        assert lines == [1001]
    assert balances() == [0, 0, 0, 0]
    assert (till.fake.net(), reconcile()) == (14_700 - 1001, [])
    till.cancel(number)  # the rest goes back as ever
    till.work()
    assert (till.sales_order(number).refunded_fen, till.fake.net(), reconcile()) == (14_700, 0, [])


def test_without_a_message_the_daily_comparison_finds_and_books_it(till: Till) -> None:
    number, payment_id = till.paid()
    till.there.refund({"payment_intent": till.payment(payment_id).intent_id, "amount": "500"})
    till.fake.take_outbox()
    assert reconcile() == []
    assert till.sales_order(number).refunded_fen == 500


def test_a_refund_that_waits_for_people_and_was_made_in_the_dashboard_is_that_refund(till: Till) -> None:
    number, payment_id = till.paid()
    till.cancel(number)
    till.there.refund({"payment_intent": till.payment(payment_id).intent_id, "amount": "9800"})
    till.hear()
    [refund] = till.refunds(number)
    assert (refund.kind, refund.state) == ("return", "confirmed")
    till.work()
    assert (len(till.there.refunds), till.sales_order(number).refunded_fen) == (1, 9800)
    assert balances() == [0, 0, 0, 0]


def test_a_counted_sale_is_reversed_by_what_went_back_without_goods(till: Till) -> None:
    compose()  # the real ledger hears
    number, payment_id = till.paid()
    shop = till.shop
    with db.transaction() as session:
        order = orders.lock_order(session, number)
        orders.confirm(session, shop.seller_actor, number)
        orders.ship(session, shop.seller_actor, number)
        orders.deliver(session, shop.seller_actor, number)
        orders.accept(session, shop.buyer_actor, number)
        orders.evaluate(session, shop.buyer_actor, number, stars=5)
        assert order.counted_at is not None
    till.there.refund({"payment_intent": till.payment(payment_id).intent_id, "amount": "801"})
    till.hear()
    with db.transaction() as session:
        sums = session.execute(
            text("SELECT sum(sale_fen), sum(quantity_milli) FROM attribution.entry WHERE is_demo")
        ).one()
        broken = [(one.code, one.broken) for one in verify(session) if one.broken]
    assert (int(sums[0]), int(sums[1])) == (9800 - 801, 2_000)
    assert broken == []


def test_two_payments_of_an_order_are_each_refunded_on_their_own(till: Till) -> None:
    number = till.order((2,))
    with db.transaction() as session:
        payments.record_transfer(
            session,
            till.shop.finance,
            number,
            amount_fen=4_800,
            currency="CNY",
            reference="R-1",
            payer_name="演示预算单位",
            paid_at=NOON,
        )
    payment_id = till.begin(number)
    till.work()
    till.there.pay(till.payment(payment_id).intent_id or "")
    till.hear()
    till.cancel(number)
    till.work()
    # 98.00 do not fit on the 50.00 that were paid online: people give all of it back by transfer.
    [refund] = till.refunds(number)
    assert (refund.state, refund.amount_fen, refund.next_try_at) == ("requested", 9800, None)
    with db.transaction() as session:
        assert session.scalar(select(OnlinePayment.given_back_fen)) == 0
