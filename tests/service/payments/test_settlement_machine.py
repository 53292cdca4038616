"""Any sequence of orders, payments, returns, runs and payouts, direct and supervised: what the books say after each step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.clock import day_of, frozen_at, utcnow
from marketplace.core.errors import DomainError
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.orders.service import Part, Rejected
from marketplace.payments import service as payments
from marketplace.payments.models import Payout, Refund, SettlementItem, SettlementRun
from marketplace.payments.service import payout_outcomes, payouts, settlement, settlement_decisions
from marketplace.payments.service.books import balance
from marketplace.payments.service.verify import verify
from tests.orders_world import NOON, Heard, open_shop
from tests.support.machines import of_length, part_of
from tests.support.settling import Till, hear_money

PICK = st.integers(0, 7)


class Money(RuleBasedStateMachine):
    """Two producers, one paid directly and one through a supervised account; every step is one transaction, or a refusal."""

    database: db.Database

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.database.engine.connect()
        self.outer = self.connection.begin()
        self.database.session_options = {
            "bind": self.connection,
            "join_transaction_mode": "create_savepoint",
        }
        self.now = NOON
        self.references = 0

    def teardown(self) -> None:
        self.database.session_options = {"bind": self.database.engine}
        self.outer.rollback()
        self.connection.close()

    @contextmanager
    def step(self) -> Iterator[Session]:
        """What the service refuses changes nothing; anything else is a failure."""
        try:
            with frozen_at(self.now), db.transaction() as session:
                for till in self.tills:
                    till.shop.session = session
                yield session
        except DomainError:
            return

    @initialize(commission_bp=st.sampled_from([0, 1, 250, 3_333]))
    def begin(self, commission_bp: int) -> None:
        with frozen_at(self.now), db.transaction() as session:
            self.tills = [Till(open_shop(session, (4_901,), units=10_000)) for _ in range(2)]
            self.tills[1].supervise()
            for till in self.tills:
                till.open_account()
            if commission_bp:
                self.tills[0].commission(commission_bp)

    def reference(self) -> str:
        self.references += 1
        return f"R{self.references}"

    def order(self, session: Session, which: int) -> SalesOrder | None:
        ids = session.scalars(select(SalesOrder.number).order_by(SalesOrder.order_no.desc()).limit(8)).all()
        return orders.lock_order(session, ids[which % len(ids)]) if ids else None

    def till_of(self, order: SalesOrder) -> Till:
        return next(till for till in self.tills if till.producer_id == order.producer_organisation_id)

    @rule(which=st.integers(0, 1), units=st.integers(1, 5), later=st.booleans())
    def place(self, which: int, units: int, later: bool) -> None:
        with self.step():
            self.tills[which].shop.place([units], payment_method="after_delivery" if later else "prepaid")

    @rule(which=PICK, part=st.sampled_from([1, 3, 7, 10]))
    def pay(self, which: int, part: int) -> None:
        with self.step() as session:
            order = self.order(session, which)
            if order is not None and orders.due_fen(order):
                fen = max(1, orders.due_fen(order) * part // 10)
                payments.record_transfer(
                    session,
                    self.tills[0].clerk,
                    order.number,
                    amount_fen=fen,
                    currency="CNY",
                    reference=self.reference(),
                    payer_name="演示",
                    paid_at=utcnow(),
                )

    @rule(which=PICK)
    def deliver(self, which: int) -> None:
        with self.step() as session:
            order = self.order(session, which)
            if order is not None:
                self.till_of(order).shop.deliver(order)

    @rule(which=PICK, rejected=st.integers(0, 2))
    def accept(self, which: int, rejected: int) -> None:
        with self.step() as session:
            order = self.order(session, which)
            if order is not None:
                refused = Rejected([Part(1, rejected)], "损坏") if rejected else None
                orders.accept(session, self.till_of(order).shop.buyer_actor, order.number, refused)

    @rule(which=PICK)
    def evaluate(self, which: int) -> None:
        with self.step() as session:
            order = self.order(session, which)
            if order is not None:
                orders.evaluate(session, self.till_of(order).shop.buyer_actor, order.number, stars=5)

    @rule(which=PICK)
    def complete(self, which: int) -> None:
        self.pay(which, 10)
        self.deliver(which)
        self.accept(which, 0)
        self.evaluate(which)

    @rule(which=PICK)
    def cancel(self, which: int) -> None:
        with self.step() as session:
            order = self.order(session, which)
            if order is not None:
                orders.cancel(session, self.till_of(order).shop.buyer_actor, order.number, "不要了")

    @rule(which=PICK, units=st.integers(1, 3))
    def send_back(self, which: int, units: int) -> None:
        with self.step() as session:
            order = self.order(session, which)
            if order is not None:
                self.till_of(order).shop.returned(order, 1, units)

    @rule(which=PICK)
    def confirm_refund(self, which: int) -> None:
        with self.step() as session:
            numbers = session.scalars(
                select(Refund.number).where(Refund.state == "requested").order_by(Refund.id)
            ).all()
            if numbers:
                number = numbers[which % len(numbers)]
                payments.confirm_refund(session, self.tills[0].clerk, number, reference=self.reference())

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(which=st.integers(0, 1))
    def propose(self, which: int) -> None:
        with self.step() as session:
            till = self.tills[which]
            settlement.propose(session, till.clerk, till.producer_id, day_of(self.now) - timedelta(days=1))

    def run(self, session: Session, which: int, *states: str) -> str | None:
        found = session.scalars(
            select(SettlementRun.number).where(SettlementRun.state.in_(states)).order_by(SettlementRun.id)
        ).all()
        return found[which % len(found)] if found else None

    @rule(which=PICK)
    def approve(self, which: int) -> None:
        with self.step() as session:
            number = self.run(session, which, "proposed", "reviewed")
            if number is not None:
                run = session.scalars(select(SettlementRun).where(SettlementRun.number == number)).one()
                if run.state == "proposed":
                    settlement_decisions.review(session, self.tills[0].reviewer, number)
                settlement_decisions.approve(session, self.tills[0].approver, number)
                self.is_not_paid_too_much(session, run.producer_organisation_id)

    @rule(which=PICK)
    def turn_down(self, which: int) -> None:
        with self.step() as session:
            number = self.run(session, which, "proposed", "reviewed", "approved")
            if number is not None:
                settlement_decisions.turn_down(session, self.tills[0].reviewer, number, reason="有疑问")

    def payout(self, session: Session, which: int) -> str | None:
        found = session.scalars(select(Payout.number).order_by(Payout.id)).all()
        return found[which % len(found)] if found else None

    @rule(which=PICK)
    def send(self, which: int) -> None:
        with self.step() as session:
            number = self.payout(session, which)
            if number is not None:
                payouts.send(session, self.tills[0].clerk, [number])

    @rule(which=PICK)
    def bank_pays(self, which: int) -> None:
        with self.step() as session:
            number = self.payout(session, which)
            if number is not None:
                payout_outcomes.confirm(
                    session, self.tills[0].clerk, number, reference=self.reference(), paid_at=utcnow()
                )

    @rule(which=PICK)
    def bank_returns(self, which: int) -> None:
        with self.step() as session:
            number = self.payout(session, which)
            if number is not None:
                payout_outcomes.give_back(session, self.tills[0].clerk, number, reason="户名不符")

    def is_not_paid_too_much(self, session: Session, producer: object) -> None:
        """All that was approved for a producer is at most its counted supervised sales, less what went back and commission."""
        approved = session.scalar(
            select(func.coalesce(func.sum(SettlementRun.amount_fen), 0)).where(
                SettlementRun.producer_organisation_id == producer,
                SettlementRun.state.in_(("approved", "paid")),
            )
        )
        earned = session.scalar(
            text("""
                SELECT coalesce((SELECT sum(l.amount_fen - l.refunded_fen) FROM orders.order_line l
                                 JOIN payments.collection c ON c.order_id = l.order_id
                                 WHERE l.counted_at IS NOT NULL AND c.producer_organisation_id = :producer), 0)
                     - coalesce((SELECT sum(charge_fen) FROM payments.line_charge
                                 WHERE kind = 'commission' AND party = :producer), 0)
            """),
            {"producer": producer},
        )
        assert 0 < approved <= earned

    @invariant()
    def books_hold(self) -> None:
        if not hasattr(self, "tills"):
            return
        with db.transaction() as session:
            assert [one for one in verify(session) if one.broken is not None] == []
            on_the_way = session.scalar(
                select(func.coalesce(func.sum(Payout.amount_fen), 0)).where(Payout.state == "sent")
            )
            assert balance(session, "payout_clearing") == on_the_way
            in_two = session.execute(
                select(SettlementItem.event).group_by(SettlementItem.event).having(func.count() > 1)
            ).all()
            assert in_two == []


@pytest.mark.parametrize(
    "half", [pytest.param(one, marks=pytest.mark.xdist_group(f"half-{one}")) for one in (1, 2)]
)
def test_the_books_hold_after_any_sequence_of_orders_runs_and_payouts(
    shared_database: db.Database, heard: Heard, half: int
) -> None:
    hear_money(heard)
    db.connect(shared_database)
    Money.database = shared_database
    run_state_machine_as_test(part_of(Money, half), settings=of_length(20, 40, parts=2))


def test_the_machine_reaches_payouts_and_claims(shared_database: db.Database, heard: Heard) -> None:
    """The same steps by hand, so that a machine that is refused everything would be noticed."""
    hear_money(heard)
    db.connect(shared_database)
    Money.database = shared_database
    money = Money()
    try:
        money.begin(250)
        money.place(1, 3, False)
        money.complete(0)
        money.wait(24)
        for step in (lambda: money.propose(1), lambda: money.approve(0), lambda: money.send(0)):
            step()
            money.books_hold()
        money.bank_returns(0)
        money.books_hold()
        money.send(0)
        money.bank_pays(0)
        money.send_back(0, 2)
        money.confirm_refund(0)
        money.books_hold()
        with db.transaction() as session:
            assert session.scalars(select(Payout.state)).all() == ["confirmed"]
            assert balance(session, "producer_payable", party=money.tills[1].producer_id) == -9_557
    finally:
        money.teardown()
