"""Payments online under whatever may happen, in any order: no double charge or refund, and the books are the gateway's.

Two hundred histories of fifty steps: orders, payments, buyers who pay or do not, cancellations, transfers, refunds made
elsewhere, calls that break before or after they were done, messages lost, repeated and shuffled. Then all is healed and
must foot.
"""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.app import compose
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import DomainError
from marketplace.orders import service as orders
from marketplace.orders.service.reading import lines_of
from marketplace.payments import service as payments
from marketplace.payments.models import OnlinePayment, Refund, Transfer
from marketplace.payments.rules.refunds import WAYS
from marketplace.payments.service import gateway_events, online
from marketplace.payments.service.books import balance, sides
from marketplace.payments.service.checks import open_amount_differences
from marketplace.payments.service.gateway_sweep import reconcile
from marketplace.payments.service.refund_again import refund_again
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON, Heard, actor_of, open_shop
from tests.support.fake_stripe import FAULTS, FakeStripe
from tests.support.fake_stripe.objects import Refusal
from tests.support.online_shop import Till, open_account, stripe_at_hand

pytestmark = pytest.mark.fault
RUNS, STEPS = 200, 50
METHODS = [("card", "intent"), ("card", "page"), ("alipay", "page"), ("wechat_pay", "intent")]


@contextmanager
def allowing(*codes: str) -> Iterator[None]:
    """These refusals are part of the history; no other."""
    try:
        yield
    except DomainError as refused:
        if refused.code not in codes:
            raise


@pytest.fixture
def till(session: Session) -> Iterator[Till]:
    heard = Heard()
    heard.compose()
    with frozen_at(NOON):
        shop = open_shop(session, units=100_000)
        fake = FakeStripe()
        with stripe_at_hand(fake):
            assert shop.seller_actor.organisation_id is not None
            open_account(shop.seller_actor.organisation_id)
            yield Till(shop, fake)
    compose()


class Payments(RuleBasedStateMachine):
    """`till` is set by the test; each history is rolled back whole."""

    till: Till
    second = actor_of("finance_clerk")

    def __init__(self) -> None:
        super().__init__()
        connection = db.current().only_connection
        assert connection is not None
        self.undo = connection.begin_nested()
        # In its own threads the stand-in knows nothing of our frozen clock: it keeps the history's, so its keys grow old.
        self.till.fake.__init__(clock=lambda: self.now)  # type: ignore[misc]
        self.till.there.fee_back_bp = 100  # some of the fee goes back with the money
        self.till.fake.dice.share = 0.2
        self.till.fake.dice.kinds = (*FAULTS, *("dropped_after",) * 6)  # done, and nobody was told: the worst
        self.now = NOON
        self.numbers: list[str] = []
        self.payment_ids: list[object] = []
        self.given_elsewhere: set[str] = set()
        self.cancelled: set[str] = set()

    def at_now(self) -> AbstractContextManager[None]:
        return frozen_at(self.now)

    @rule(quantity=st.integers(1, 3))
    def place(self, quantity: int) -> None:
        with self.at_now():
            self.numbers.append(self.till.order((quantity,)))

    @rule(quantity=st.integers(2, 3))
    def an_order_is_paid_without_trouble(self, quantity: int) -> None:
        dice = self.till.fake.dice
        dice.planned.clear()
        dice.share = 0.0
        with self.at_now():
            number, payment_id = self.till.paid((quantity,))
        dice.share = 0.2
        self.numbers.append(number)
        self.payment_ids.append(payment_id)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), way=st.sampled_from(METHODS))
    def begin(self, data: st.DataObject, way: tuple[str, str]) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        with self.at_now(), allowing("online_payment_open", "nothing_due", "order_cancelled"):
            self.payment_ids.append(self.till.begin(number, *way))

    @rule(faults=st.lists(st.sampled_from([None, None, None, *FAULTS]), max_size=4))
    def work(self, faults: list[str | None]) -> None:
        self.till.fake.dice.planned.extend(faults)
        with self.at_now():
            self.till.work()

    @precondition(lambda self: self.till.there.intents or self.till.there.pages)
    @rule(data=st.data(), declined=st.booleans())
    def buyer_pays(self, data: st.DataObject, declined: bool) -> None:
        there = self.till.there
        with self.at_now():
            what = data.draw(st.sampled_from(sorted([*there.intents, *there.pages])))
            try:
                if what in there.pages:
                    there.pay_page(what)
                else:
                    there.pay(what, declined=declined)
            except Refusal:
                pass

    @rule(
        seed=st.integers(0, 2**16),
        dropped=st.sampled_from([0.0, 0.0, 0.3, 1.0]),
        repeated=st.sampled_from([0.0, 0.5]),
    )
    def messages_arrive(self, seed: int, dropped: float, repeated: float) -> None:
        with self.at_now():
            self.till.fake.deliver(
                gateway_events.receive, dice=random.Random(seed), dropped=dropped, repeated=repeated
            )

    @rule(seconds=st.sampled_from([1, 5, 60, 3_600, 7_200, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def buyer_cancels_the_order(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        if number in self.given_elsewhere:
            return  # money back without goods and all goods back overlap: people look at such an order
        with self.at_now(), allowing("illegal_transition"):
            self.till.cancel(number)
            self.cancelled.add(number)

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def one_unit_of_delivered_goods_goes_back(self, data: st.DataObject) -> None:
        number, shop = data.draw(st.sampled_from(self.numbers)), self.till.shop
        if number in self.given_elsewhere:
            return
        with self.at_now(), db.transaction() as session:
            order = orders.lock_order(session, number)
            if order.state == "placed" and order.payment_state == "paid":
                orders.confirm(session, shop.seller_actor, number)
                orders.ship(session, shop.seller_actor, number)
                orders.deliver(session, shop.seller_actor, number)
                orders.accept(session, shop.buyer_actor, number)
            [line] = lines_of(session, order)
            if order.state not in ("accepted", "partly_accepted") or line.accepted == line.returned:
                return
            row = orders.request_return(session, shop.buyer_actor, number, [orders.Part(1, 1)], "quality")
            orders.decide_return(session, shop.seller_actor, row.number, approve=True, opinion=None)
            orders.receive_return(session, shop.seller_actor, row.number)
            self.cancelled.add(number)  # what goes back now is ours to ask for, not the dashboard's

    @precondition(lambda self: self.numbers)
    @rule(data=st.data(), amount=st.integers(1, 5_000))
    def finance_records_a_transfer(self, data: st.DataObject, amount: int) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        with self.at_now():
            refusals = allowing("above_due", "order_cancelled", "receipt_already_booked")
            with refusals, db.transaction() as session:
                payments.record_transfer(
                    session,
                    self.till.shop.finance,
                    number,
                    amount_fen=amount,
                    currency="CNY",
                    reference=f"R-{number}-{amount}",
                    payer_name="演示预算单位",
                    paid_at=self.now,
                )

    @precondition(lambda self: self.till.there.charges)
    @rule(data=st.data(), amount=st.integers(1, 3_000))
    def producer_gives_back_in_the_dashboard(self, data: st.DataObject, amount: int) -> None:
        charge = self.till.there.charges[data.draw(st.sampled_from(sorted(self.till.there.charges)))]
        attempt = self.till.there.intents[charge["payment_intent"]]["metadata"]["sanzhuan_attempt"]
        with db.transaction() as session:
            payment = session.scalars(select(OnlinePayment).where(OnlinePayment.id == attempt)).one()
            number = orders.lock_order_by_id(session, payment.order_id).number
        if number in self.cancelled:
            return
        with self.at_now():
            try:
                self.till.there.refund({"payment_intent": charge["payment_intent"], "amount": str(amount)})
                self.given_elsewhere.add(number)
            except Refusal:
                pass

    @precondition(lambda self: self.till.there.refunds)
    @rule(data=st.data(), arrives=st.sampled_from([True, True, False]))
    def a_refund_arrives_or_fails(self, data: st.DataObject, arrives: bool) -> None:
        refund = self.till.there.refunds[data.draw(st.sampled_from(sorted(self.till.there.refunds)))]
        if refund["status"] == "pending":
            with self.at_now():
                self.till.there.settle_refund(refund["id"], arrives=arrives)

    @precondition(lambda self: self.till.there.charges)
    @rule(way=st.sampled_from(WAYS))
    def finance_tries_a_failed_refund_again(self, way: str) -> None:
        with self.at_now(), db.transaction() as session:
            failed = session.scalars(
                select(Refund).where(Refund.state == "failed").order_by(Refund.id)
            ).first()
            if failed is None:
                return
            with allowing("refund_not_covered"):
                begun, _ = refund_again(session, self.till.shop.finance, failed.number, way=way)
                if way == "bank":
                    payments.confirm_refund(session, self.second, begun.number, reference=f"B-{begun.number}")

    @precondition(lambda self: self.payment_ids)
    @rule(data=st.data())
    def buyer_gives_a_payment_up(self, data: st.DataObject) -> None:
        payment = self.till.payment(data.draw(st.sampled_from(self.payment_ids)))  # type: ignore[arg-type]
        with self.at_now(), allowing("online_payment_over"), db.transaction() as session:
            online.cancel_payment(session, self.till.shop.buyer_actor, payment.number)

    @invariant()
    def no_charge_twice_and_never_more_back_than_taken(self) -> None:
        for attempt in self.payment_ids:
            assert len(self.till.fake.captured_of(str(attempt))) <= 1
        marks = [one["metadata"].get("sanzhuan_refund") for one in self.till.there.refunds.values()]
        ours = [mark for mark in marks if mark]
        assert len(ours) == len(set(ours))
        for charge in self.till.there.charges.values():
            assert 0 <= charge["amount_refunded"] <= charge["amount_captured"]

    @invariant()
    def the_books_say_what_the_orders_say(self) -> None:
        with db.transaction() as session:
            assert open_amount_differences(session) == []
            entry = sides().subquery()
            assert session.scalar(select(func.sum(entry.c.amount_fen))) in (0, None)

    def teardown(self) -> None:
        try:
            self.heal()
        finally:
            self.undo.rollback()

    def heal(self) -> None:
        fake = self.till.fake
        fake.dice.planned.clear()
        fake.dice.share = 0.0
        fake.outbox.clear()  # what was not heard is never heard
        for refund in list(self.till.there.refunds.values()):
            if refund["status"] == "pending":
                self.till.there.settle_refund(refund["id"])
        fake.outbox.clear()
        for _ in range(6):
            self.now += timedelta(hours=3)
            with self.at_now():
                self.till.work(
                    3
                )  # what was asked for without an answer is asked for again, before anybody looks
                reconcile()
                for refund in list(self.till.there.refunds.values()):
                    if refund["status"] == "pending":
                        self.till.there.settle_refund(refund["id"])
                fake.outbox.clear()
        with self.at_now():
            left = [one for one in reconcile() if one.kind != "parked"]
        assert left == []
        with db.transaction() as session:
            states = set(session.scalars(select(OnlinePayment.state)))
            on_the_way = session.scalar(
                select(func.count()).select_from(Refund).where(Refund.state.in_(("sent", "unknown")))
            )
            booked = session.execute(
                select(Transfer.kind, func.sum(Transfer.amount_fen))
                .where(
                    ((Transfer.kind == "received") & (Transfer.debit_account == "stripe_clearing"))
                    | ((Transfer.kind == "returned") & (Transfer.credit_account == "stripe_clearing"))
                )
                .group_by(Transfer.kind)
            )
            sums = {kind: int(fen) for kind, fen in booked}
            assert [one for one in verify(session) if one.broken] == []
        assert states <= {"open", "authorised", "captured", "canceled", "failed"}
        assert on_the_way == 0
        assert sums.get("received", 0) - sums.get("returned", 0) == fake.net()
        with db.transaction() as session:
            assert balance(session, "gateway_fees") == -balance(session, "stripe_clearing") == fake.fees()


@pytest.mark.timeout(1_800)
def test_whatever_happens_in_whatever_order_all_foots_after_healing(till: Till) -> None:
    Payments.till = till
    run_state_machine_as_test(
        Payments,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
