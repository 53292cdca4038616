"""Random receipts, allocations and reversals in any order: after each step books, receipts and orders agree to the fen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import DomainError
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.models import BuyerBalance, Payment, Receipt, Repayment, Transfer
from marketplace.payments.service import allocation, balances, repayments
from marketplace.payments.service.books import balance
from marketplace.payments.service.checks import (
    open_amount_differences,
    receipt_differences,
    waiting_differences,
)
from marketplace.payments.service.matching import match_next
from tests.orders_world import NOON, Heard, actor_of, open_shop
from tests.support import machines
from tests.support.banking import AFTERNOON, BankRow, import_rows, register
from tests.support.machines import of_length

STEPS = ("place", "arrive", "match", "by_hand", "give", "undo", "exchange", "keep", "use", "release",
         "repay", "repay_balance", "confirm", "withdraw", "aside", "take_up", "cancel", "complete")  # fmt: skip
_serials = itertools.count(1)


class Finance:
    """A shop, its bank, and the steps that a clerk, the worker and the buyer can take; refusals change nothing."""

    def __init__(self, session: Session) -> None:
        self.session = session
        with frozen_at(NOON):
            self.shop = open_shop(session, units=100_000)
        self.bank = register(session, self.shop.seller_actor.organisation_id)

    def step(self, name: str, which: int, fen: int) -> None:
        """One step on the things that there are, chosen by `which`; what is refused is rolled back."""
        work: Callable[[int, int], Any] = getattr(self, name)
        try:
            with self.session.begin_nested(), frozen_at(AFTERNOON):
                work(which, fen)
                self.session.flush()
        except (DomainError, LookupError):
            self.session.expire_all()

    def pick(self, column: Any, which: int, *where: Any) -> Any:
        """One of the rows there are; LookupError when there is none."""
        found = self.session.scalars(select(column).where(*where).order_by(column)).all()
        if not found:
            raise LookupError
        return found[which % len(found)]

    def place(self, which: int, fen: int) -> None:
        with frozen_at(NOON):
            self.shop.place([1 + which % 3], payment_method=("prepaid", "after_delivery")[fen % 2])

    def arrive(self, which: int, fen: int) -> None:
        memo = self.pick(SalesOrder.number, which) if fen % 3 else ""
        import_rows(self.session, self.bank, BankRow(fen, memo=memo, serial=f"S{next(_serials)}"))

    def match(self, which: int, fen: int) -> None:
        match_next(self.session, 1 + which % 3)

    def by_hand(self, which: int, fen: int) -> None:
        payments.record_transfer(
            self.session, self.shop.finance, self.pick(SalesOrder.number, which), amount_fen=fen, currency="CNY",
            reference=f"H{next(_serials)}", payer_name="演示预算单位", paid_at=NOON,
        )  # fmt: skip

    def give(self, which: int, fen: int) -> None:
        receipt = self.pick(Receipt.number, which, Receipt.open_fen > 0)
        order = self.pick(SalesOrder.number, which, SalesOrder.payment_state.in_(("unpaid", "partly_paid")))
        allocation.allocate(self.session, self.shop.finance, receipt, order, fen)

    def undo(self, which: int, fen: int) -> None:
        allocation.undo(self.session, self.shop.finance, self.pick(Payment.id, which), "错")

    def exchange(self, which: int, fen: int) -> None:
        other = self.pick(Receipt.number, fen, Receipt.open_fen > 0)
        allocation.exchange(self.session, self.shop.finance, self.pick(Payment.id, which), other, "换")

    def keep(self, which: int, fen: int) -> None:
        number = self.pick(Receipt.number, which, Receipt.open_fen > 0)
        balances.keep_for(self.session, self.shop.finance, number, self.shop.buyer.id, fen)

    def use(self, which: int, fen: int) -> None:
        number = self.pick(BuyerBalance.number, which, BuyerBalance.open_fen > 0)
        balances.use(self.session, self.shop.finance, number, self.pick(SalesOrder.number, which), fen)

    def release(self, which: int, fen: int) -> None:
        balances.release(self.session, self.shop.finance, self.pick(BuyerBalance.number, which))

    def repay(self, which: int, fen: int) -> None:
        number = self.pick(Receipt.number, which, Receipt.open_fen > 0)
        repayments.ask_from_receipt(self.session, self.shop.finance, number, fen, "退")

    def repay_balance(self, which: int, fen: int) -> None:
        number = self.pick(BuyerBalance.number, which, BuyerBalance.open_fen > 0)
        repayments.ask_from_balance(self.session, self.shop.finance, number, fen, "退")

    def confirm(self, which: int, fen: int) -> None:
        number = self.pick(Repayment.number, which)
        repayments.confirm(self.session, actor_of("finance_clerk"), number, f"B{next(_serials)}")

    def withdraw(self, which: int, fen: int) -> None:
        repayments.withdraw(self.session, self.shop.finance, self.pick(Repayment.number, which))

    def aside(self, which: int, fen: int) -> None:
        number = self.pick(Receipt.number, which, Receipt.open_fen > 0)
        allocation.set_aside(self.session, self.shop.finance, number, "other_business")

    def take_up(self, which: int, fen: int) -> None:
        allocation.take_up_again(
            self.session, self.shop.finance, self.pick(Receipt.number, which, Receipt.aside_fen > 0)
        )

    def cancel(self, which: int, fen: int) -> None:
        orders.cancel(self.session, self.shop.buyer_actor, self.pick(SalesOrder.number, which), "不要")

    def complete(self, which: int, fen: int) -> None:
        order = orders.lock_order(self.session, self.pick(SalesOrder.number, which))
        self.shop.deliver(order)
        orders.accept(self.session, self.shop.buyer_actor, order.number)
        orders.evaluate(self.session, self.shop.buyer_actor, order.number, stars=5)

    def check(self) -> None:
        """What must hold after every step."""
        self.session.flush()
        assert open_amount_differences(self.session) == []
        assert receipt_differences(self.session) == []
        assert waiting_differences(self.session) == {}
        came = self.session.scalar(select(func.sum(Receipt.amount_fen))) or 0
        booked = (
            self.session.scalar(select(func.sum(Transfer.amount_fen)).where(Transfer.kind == "arrived")) or 0
        )
        assert came == booked
        # What lies at the bank is what waits and what is the buyers'; all else was passed on, given back or is none of ours.
        lies = balance(self.session, "unallocated") + balance(self.session, "buyer_balance")
        assert balance(self.session, "bank") == lies


@of_length(20, 50)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(STEPS), st.integers(0, 9), st.sampled_from([1, 100, 4_900, 9_800, 14_700, 5_000])
        ),
        min_size=machines.STEPS if machines.IS_LONG else 0,  # the usual length of a list is five
        max_size=machines.STEPS,
    )
)
def test_the_books_agree_after_any_steps(database: db.Database, steps: list[tuple[str, int, int]]) -> None:
    Heard().compose()
    with pytest.raises(RuntimeError, match="rolled back"), db.transaction() as session:
        finance = Finance(session)
        finance.step("place", 1, 0)
        finance.step("arrive", 0, 5_000)
        for name, which, fen in steps:
            finance.step(name, which, fen)
            finance.check()
        raise RuntimeError("rolled back")


def test_every_step_is_possible(database: db.Database) -> None:
    Heard().compose()
    done: set[str] = set()
    with db.transaction() as session:
        finance = Finance(session)
        plan = [
            ("place", 1, 0), ("place", 0, 1), ("place", 2, 0), ("arrive", 0, 9_801), ("arrive", 0, 5_000), ("match", 2, 1),
            ("by_hand", 1, 100), ("keep", 0, 100), ("repay", 0, 100), ("give", 0, 100), ("undo", 0, 1), ("arrive", 0, 3_000),
            ("match", 2, 1), ("exchange", 0, 0), ("use", 0, 1), ("repay_balance", 0, 1), ("confirm", 0, 1), ("withdraw", 1, 1),
            ("keep", 0, 7), ("aside", 0, 1), ("take_up", 0, 1), ("cancel", 2, 1), ("complete", 1, 1),
        ]  # fmt: skip
        for name, which, fen in plan:
            before = session.scalar(select(func.count()).select_from(Transfer))
            finance.step(name, which, fen)
            if session.scalar(select(func.count()).select_from(Transfer)) != before:
                done.add(name)
            finance.check()
    assert done >= {
        "place",
        "arrive",
        "match",
        "by_hand",
        "keep",
        "give",
        "undo",
        "aside",
        "take_up",
        "cancel",
    }
