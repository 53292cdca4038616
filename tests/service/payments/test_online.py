"""Payments online: one charge per order on the producer's own account, whatever goes wrong on the way."""

import pytest
from sqlalchemy import func, select, update

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import AlreadyExists, Conflict, DomainError, Forbidden, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.orders import service as orders
from marketplace.payments import gateways
from marketplace.payments import service as payments
from marketplace.payments.models import GatewayAccount, OnlinePayment, Payment
from marketplace.payments.service import gateway_accounts, online
from marketplace.payments.service.books import balance
from marketplace.payments.service.gateway_sweep import reconcile
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON, actor_of
from tests.support.online_shop import LATER, Till


def test_a_payment_is_charged_on_the_producers_account_and_completes_the_order(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    assert (paying.payment(payment_id).state, paying.fake.calls) == ("created", 0)
    paying.work()
    assert paying.payment(payment_id).state == "open"
    intent = paying.intent(payment_id)
    assert (intent["amount"], intent["currency"], intent["capture_method"]) == (9800, "cny", "automatic")
    paying.there.pay(intent["id"])
    assert paying.hear() == ["applied", "applied"]
    payment, order = paying.payment(payment_id), paying.sales_order(number)
    assert (payment.state, payment.taken_as, payment.captured_fen) == ("captured", "payment", 9800)
    assert (order.paid_fen, order.payment_state, order.sold_at) == (9800, "paid", NOON)
    with db.transaction() as session:
        receipt = session.scalars(select(Payment).where(Payment.order_id == order.id)).one()
        assert (receipt.method, receipt.reference, receipt.amount_fen) == ("stripe", intent["id"], 9800)
        accounts = ("buyer_receivable", "producer_payable", "stripe_clearing")
        assert [balance(session, account) for account in accounts] == [0, 0, 0]
    assert (paying.fake.net(), reconcile()) == (9800, [])


def test_the_gateways_own_page_leads_to_the_same(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number, "wechat_pay", "page")
    paying.work()
    payment = paying.payment(payment_id)
    assert payment.page_url is not None
    assert payment.page_url.startswith("https://checkout.example/")
    paying.there.pay_page(payment.page_id or "")
    paying.hear()
    assert (paying.payment(payment_id).state, paying.sales_order(number).payment_state) == (
        "captured",
        "paid",
    )
    assert reconcile() == []


def test_without_any_message_the_worker_finds_out_by_looking(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number, "alipay", "page")
    paying.work()
    paying.there.pay_page(paying.payment(payment_id).page_id or "")
    paying.fake.take_outbox()
    with frozen_at(NOON + LATER):
        paying.work(2)
    assert (paying.payment(payment_id).state, paying.sales_order(number).paid_fen) == ("captured", 9800)


@pytest.mark.parametrize("fault", ["dropped_before", "dropped_after", "limited", "locked"])
def test_a_payment_whose_beginning_went_wrong_is_asked_for_again_with_its_key(
    paying: Till, fault: str
) -> None:
    payment_id = paying.begin(paying.order())
    paying.fake.dice.planned.append(fault)
    paying.work()
    assert paying.payment(payment_id).state == "unknown"
    assert paying.payment(payment_id).last_error is not None
    paying.work()
    assert paying.payment(payment_id).state == "unknown"  # not yet: it waits some seconds
    with frozen_at(NOON + LATER):
        paying.work()
    assert paying.payment(payment_id).state == "open"
    assert len(paying.there.intents) == 1


@pytest.mark.parametrize(
    ("fault", "state", "made"), [("failed_before", "failed", 0), ("failed_after", "open", 1)]
)
def test_a_stored_error_of_the_server_is_settled_by_looking(
    paying: Till, fault: str, state: str, made: int
) -> None:
    payment_id = paying.begin(paying.order())
    paying.fake.dice.planned.append(fault)
    paying.work()
    with frozen_at(NOON + LATER):
        paying.work()
    assert (paying.payment(payment_id).state, len(paying.there.intents)) == (state, made)


def test_a_key_older_than_a_day_is_not_used_again(paying: Till) -> None:
    payment_id = paying.begin(paying.order())
    paying.fake.dice.planned.append("dropped_after")
    paying.work()
    with frozen_at(NOON + 12 * LATER):
        paying.work()
    assert (paying.payment(payment_id).state, len(paying.there.intents)) == ("open", 1)


def test_a_second_payment_of_the_same_order_is_refused_while_one_is_under_way(paying: Till) -> None:
    number = paying.order()
    paying.begin(number)
    with pytest.raises(AlreadyExists) as refused:
        paying.begin(number)
    assert refused.value.code == "online_payment_open"
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(OnlinePayment)) == 1


def test_money_that_the_order_can_no_longer_take_goes_back_the_way_it_came(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.cancel(number)
    paying.hear()
    assert (paying.payment(payment_id).taken_as, paying.sales_order(number).paid_fen) == ("surplus", 0)
    with db.transaction() as session:
        assert balance(session, "buyer_balance") == 9800
        assert [
            one.code for one in verify(session) if one.broken
        ] == []  # the producer owes it, and the books say so
    paying.work()
    [refund] = paying.refunds(number)
    assert (refund.kind, refund.state, refund.amount_fen) == ("surplus", "confirmed", 9800)
    with db.transaction() as session:
        accounts = ("buyer_balance", "buyer_receivable", "producer_payable", "stripe_clearing")
        assert [balance(session, account) for account in accounts] == [0, 0, 0, 0]
    assert (paying.fake.net(), reconcile()) == (0, [])


def test_a_payment_of_an_order_paid_by_transfer_meanwhile_is_given_up(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    with db.transaction() as session:
        payments.record_transfer(
            session,
            paying.shop.finance,
            number,
            amount_fen=9800,
            currency="CNY",
            reference="R-9",
            payer_name="演示预算单位",
            paid_at=NOON,
        )
    with frozen_at(NOON + LATER):
        paying.work()
    assert (paying.payment(payment_id).state, paying.intent(payment_id)["status"]) == ("canceled", "canceled")
    assert paying.sales_order(number).paid_fen == 9800


@pytest.mark.parametrize(
    ("change", "taken"), [({"amount_received": 9799}, 9799), ({"currency": "usd"}, 9800)]
)
def test_another_amount_or_currency_than_asked_for_books_nothing(
    paying: Till, change: dict[str, object], taken: int
) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    paying.intent(payment_id).update(change)
    for event in paying.fake.outbox:
        event["data"]["object"].update(change)
    paying.hear()
    assert (paying.payment(payment_id).taken_as, paying.payment(payment_id).captured_fen) == ("mismatch", 0)
    assert paying.sales_order(number).paid_fen == 0
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 0
    assert [(one.kind, one.there_fen, one.here_fen) for one in reconcile()] == [("captured", taken, 0)]


def test_a_payment_that_the_buyer_gives_up_takes_nothing(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    with db.transaction() as session:
        online.cancel_payment(session, paying.shop.buyer_actor, paying.payment(payment_id).number)
    paying.work()
    assert (paying.payment(payment_id).state, paying.intent(payment_id)["status"]) == ("canceled", "canceled")
    paying.begin(number)  # and another may begin


def test_a_payment_captured_before_it_could_be_given_up_is_the_orders(paying: Till) -> None:
    number = paying.order()
    payment_id = paying.begin(number)
    paying.work()
    paying.there.pay(paying.payment(payment_id).intent_id or "")
    with db.transaction() as session:
        online.cancel_payment(session, paying.shop.buyer_actor, paying.payment(payment_id).number)
    paying.work()
    assert (paying.payment(payment_id).state, paying.sales_order(number).payment_state) == (
        "captured",
        "paid",
    )
    assert [one for one in paying.hear() if one != "applied"] == []
    assert paying.sales_order(number).paid_fen == 9800


def test_one_that_was_never_asked_for_is_given_up_without_asking(paying: Till) -> None:
    payment_id = paying.begin(paying.order())
    with db.transaction() as session:
        online.cancel_payment(session, paying.shop.buyer_actor, paying.payment(payment_id).number)
    paying.work()
    assert (paying.payment(payment_id).state, paying.fake.calls) == ("canceled", 0)


def test_a_payment_that_nobody_finishes_is_given_up_after_a_day(paying: Till) -> None:
    payment_id = paying.begin(paying.order())
    paying.work()
    with frozen_at(NOON + 13 * LATER):
        paying.work()
    assert paying.payment(payment_id).state == "canceled"


def test_strangers_unknown_ways_and_producers_without_an_account_are_refused(paying: Till) -> None:
    number = paying.order()
    stranger = actor_of("buyer", uuid7())
    for actor, refusal in ((paying.shop.seller_actor, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal), db.transaction() as session:
            online.pay_order(session, actor, number, method="card", flow="page")
    codes = []
    for method, flow in (("gold", "page"), ("card", "fax")):
        codes.append(_refusal(paying, number, method, flow))
    with db.transaction() as session:
        session.execute(update(GatewayAccount).values(state="ended"))
    codes.append(_refusal(paying, number))
    gateways.use(None)
    codes.append(_refusal(paying, number))
    assert codes == ["method", "flow", "payee_without_account", "online_payment_off"]
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(OnlinePayment)) == 0


def _refusal(paying: Till, number: str, method: str = "card", flow: str = "page") -> str:
    with pytest.raises(DomainError) as refused, db.transaction() as session:
        online.pay_order(session, paying.shop.buyer_actor, number, method=method, flow=flow)
    return refused.value.code


def test_an_account_is_put_in_force_by_another_person_and_belongs_to_one_producer(paying: Till) -> None:
    session, clerk, other = paying.shop.session, paying.shop.finance, actor_of("finance_clerk")
    producer_id, buyer_id = paying.shop.seller_actor.organisation_id, paying.shop.buyer.id
    assert producer_id is not None
    row = gateway_accounts.propose_account(session, clerk, producer_id, "acct_new")
    with pytest.raises(Forbidden) as same:
        gateway_accounts.decide_account(session, clerk, row.id, approve=True)
    assert same.value.code == "same_person"
    gateway_accounts.decide_account(session, other, row.id, approve=True)
    with pytest.raises(Conflict):
        gateway_accounts.decide_account(session, other, row.id, approve=False)
    states = session.execute(
        select(GatewayAccount.account, GatewayAccount.state).order_by(GatewayAccount.account)
    )
    assert states.all() == [("acct_new", "active"), ("acct_producer", "ended")]
    payment_id = paying.begin(paying.order())
    assert paying.payment(payment_id).account == "acct_new"
    with pytest.raises(Invalid):
        gateway_accounts.propose_account(session, clerk, buyer_id, "acct new")
    with pytest.raises(AlreadyExists), db.transaction() as another:
        gateway_accounts.propose_account(another, clerk, buyer_id, "acct_new")


def test_an_order_whose_money_the_bank_supervises_is_not_paid_online(
    paying: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = paying.order()
    monkeypatch.setattr(online, "mode_of", lambda *_: "supervised")
    assert _refusal(paying, number) == "collection_supervised"


def test_a_return_of_goods_that_were_paid_online_goes_back_the_same_way(paying: Till) -> None:
    number, payment_id = paying.paid((3,))
    shop = paying.shop
    with db.transaction() as session:
        order = orders.lock_order(session, number)
        orders.confirm(session, shop.seller_actor, number)
        orders.ship(session, shop.seller_actor, number)
        orders.deliver(session, shop.seller_actor, number)
        orders.accept(session, shop.buyer_actor, number)
        row = orders.request_return(session, shop.buyer_actor, number, [orders.Part(1, 1)], "quality")
        orders.decide_return(session, shop.seller_actor, row.number, approve=True, opinion=None)
        orders.receive_return(session, shop.seller_actor, row.number)
    paying.fake.dice.planned.append("dropped_after")  # asked for again, it is still one refund of a part
    paying.work()
    with frozen_at(NOON + LATER):
        paying.work()
    [refund] = paying.refunds(number)
    assert (refund.kind, refund.state, refund.amount_fen) == ("return", "confirmed", 4900)
    assert (paying.payment(payment_id).given_back_fen, paying.sales_order(number).refunded_fen) == (
        4900,
        4900,
    )
    assert (paying.fake.net(), reconcile(), order.number) == (9800, [], number)
