"""Two at once on real commits: one receipt is allocated once, a file is imported once, a batch is matched once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import DomainError
from marketplace.orders import service as orders
from marketplace.orders.models import SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.models import BuyerBalance, CollectingAccount, Payment, Receipt, Repayment, Transfer
from marketplace.payments.service import allocation, balances, repayments
from marketplace.payments.service.checks import (
    open_amount_differences,
    receipt_differences,
    waiting_differences,
)
from marketplace.payments.service.matching import keep_up, match_next
from tests.orders_world import NOON, Heard, actor_of, open_shop
from tests.service.orders.test_races import Field
from tests.support.banking import AFTERNOON, BankRow, import_rows, register
from tests.support.threads import in_threads

THREADS = 8


class Late(Field):
    """A field four hours after its orders: what a statement of the day shows has arrived."""

    def late(self, work: object) -> object:
        with frozen_at(AFTERNOON), db.transaction() as session:
            self.shop.session = session
            return work(session)  # type: ignore[operator]

    def both(self, *works: object) -> list[str]:
        """All works at once, each in its own transaction: what each came to."""
        start = threading.Barrier(len(works))
        outcomes: list[str] = []

        def one(work: object) -> None:
            start.wait()
            try:
                with frozen_at(AFTERNOON), db.transaction() as session:
                    work(session)  # type: ignore[operator]
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.code)

        in_threads(*(lambda work=work: one(work) for work in works))
        return sorted(outcomes)


@pytest.fixture
def field(own_database: db.Database, heard: Heard) -> Iterator[Late]:
    with frozen_at(NOON), db.transaction() as session:
        shop = open_shop(session)
        register(session, shop.seller_actor.organisation_id)
    yield Late(shop, heard)
    with db.transaction() as session:
        assert open_amount_differences(session) == []
        assert receipt_differences(session) == []
        assert waiting_differences(session) == {}


def _bank(session: Session, field: Late) -> Organisation:
    return session.get_one(Organisation, field.shop.seller_actor.organisation_id)


def _place(field: Late, quantity: int) -> str:
    with frozen_at(NOON), db.transaction() as session:
        field.shop.session = session
        return field.shop.place([quantity]).number


def _receive(field: Late, *rows: BankRow) -> list[str]:
    """Receipts that were looked at and wait, by number, in the order of their serials."""
    with frozen_at(AFTERNOON), db.transaction() as session:
        import_rows(session, _bank(session, field), *rows)
    with frozen_at(AFTERNOON):
        keep_up()
    with db.transaction() as session:
        return list(session.scalars(select(Receipt.number).order_by(Receipt.reference)))


def _count(table: type) -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_clerks_who_allocate_one_receipt_at_once_allocate_it_once(field: Late) -> None:
    first, second = _place(field, 2), _place(field, 2)
    [number] = _receive(field, BankRow(9_800, payer_name="某单位"))

    def give(order: str) -> object:
        return lambda session: allocation.allocate(session, field.shop.finance, number, order, 9_800)

    assert field.both(give(first), give(second)) == ["above_open", "done"]
    assert _count(Payment) == 1


def test_clerks_who_give_two_receipts_to_one_order_at_once_pay_it_once(field: Late) -> None:
    order = _place(field, 2)
    one, other = _receive(
        field, BankRow(9_800, payer_name="甲"), BankRow(9_800, payer_name="乙", serial="S2")
    )

    def give(number: str) -> object:
        return lambda session: allocation.allocate(session, field.shop.finance, number, order, 9_800)

    assert field.both(give(one), give(other)) == ["above_due", "done"]
    with db.transaction() as session:
        assert session.scalars(select(SalesOrder.paid_fen)).one() == 9_800


def test_a_payment_taken_back_many_times_at_once_is_taken_back_once(field: Late) -> None:
    order = _place(field, 2)
    [number] = _receive(field, BankRow(9_800, payer_name="某单位"))
    payment = field.late(
        lambda session: allocation.allocate(session, field.shop.finance, number, order, 9_800).id
    )
    undo = [lambda session: allocation.undo(session, field.shop.finance, payment, "错")] * THREADS
    assert field.both(*undo) == ["already_reversed"] * (THREADS - 1) + ["done"]
    with db.transaction() as session:
        assert session.scalars(select(SalesOrder.paid_fen)).one() == 0
        assert session.scalars(select(Receipt.open_fen)).one() == 9_800


def test_a_statement_imported_many_times_at_once_adds_each_line_once(field: Late) -> None:
    rows = [BankRow(100 + number, serial=f"S{number}") for number in range(50)]
    outcome = field.both(*[lambda session: import_rows(session, _bank(session, field), *rows)] * THREADS)
    assert outcome == ["done"] * THREADS
    assert _count(Receipt) == 50
    assert _count(CollectingAccount) == 1
    with db.transaction() as session:
        arrived = session.scalars(select(Transfer.amount_fen).where(Transfer.kind == "arrived")).all()
        assert sorted(arrived) == [row.fen for row in rows]


def test_a_statement_and_a_record_by_hand_at_once_book_the_line_once(field: Late) -> None:
    order = _place(field, 2)

    def by_hand(session: Session) -> None:
        payments.record_transfer(
            session,
            field.shop.finance,
            order,
            amount_fen=9_800,
            currency="CNY",
            reference="S1",
            payer_name="演示预算单位",
            paid_at=AFTERNOON,
        )

    def statement(session: Session) -> None:
        import_rows(session, _bank(session, field), BankRow(9_800, memo=order))

    outcome = field.both(by_hand, statement)
    assert outcome in (["done", "done"], ["done", "receipt_already_booked"])
    with frozen_at(AFTERNOON):
        keep_up()
    assert (_count(Receipt), _count(Payment)) == (1, 1)
    with db.transaction() as session:
        assert session.scalars(select(SalesOrder.paid_fen)).one() == 9_800


def test_workers_who_match_at_once_book_each_receipt_once(field: Late) -> None:
    numbers = [_place(field, 1) for _ in range(10)]
    with frozen_at(AFTERNOON), db.transaction() as session:
        rows = [BankRow(5_000, memo=number, serial=f"S{at}") for at, number in enumerate(numbers)]
        import_rows(session, _bank(session, field), *rows)
    outcome = field.both(*[match_next] * 4)
    assert outcome == ["done"] * 4
    with db.transaction() as session:
        assert set(session.scalars(select(SalesOrder.paid_fen))) == {4_900}
        assert set(session.scalars(select(Receipt.state))) == {"settled"}
    assert (_count(Payment), _count(BuyerBalance)) == (10, 10)


def test_matching_and_a_clerk_at_once_never_give_a_receipt_twice(field: Late) -> None:
    order, other = _place(field, 2), _place(field, 2)
    with frozen_at(AFTERNOON), db.transaction() as session:
        import_rows(session, _bank(session, field), BankRow(9_800, memo=order))
        number = session.scalars(select(Receipt.number)).one()
    outcome = field.both(
        match_next, lambda session: allocation.allocate(session, field.shop.finance, number, other, 9_800)
    )
    assert outcome in (["above_open", "done"], ["done", "done"])
    assert _count(Payment) == 1


def test_a_cancellation_and_the_matching_of_its_payment_at_once_end_consistently(field: Late) -> None:
    for at in range(5):
        order = _place(field, 1)
        with frozen_at(AFTERNOON), db.transaction() as session:
            import_rows(session, _bank(session, field), BankRow(4_900, memo=order, serial=f"S{at}"))
        outcome = field.both(
            match_next, lambda session, one=order: orders.cancel(session, field.shop.buyer_actor, one, "不要")
        )
        assert outcome == ["done", "done"]
        with db.transaction() as session:
            after = session.scalars(select(SalesOrder).where(SalesOrder.number == order)).one()
            assert (after.state, after.paid_fen) in [("cancelled", 0), ("cancelled", 4_900)]
            assert after.owed_back_fen == after.paid_fen


def test_a_balance_used_and_given_back_at_once_is_spent_once(field: Late) -> None:
    order = _place(field, 2)
    [number] = _receive(field, BankRow(9_800, payer_name="某单位"))
    kept = field.late(
        lambda session: (
            balances.keep_for(session, field.shop.finance, number, field.shop.buyer.id, 9_800).number
        )
    )
    outcome = field.both(
        lambda session: balances.use(session, field.shop.finance, kept, order, 9_800),
        lambda session: repayments.ask_from_balance(session, field.shop.finance, kept, 9_800, "退"),
    )
    assert outcome == ["above_open", "done"]
    assert _count(Payment) + _count(Repayment) == 1


def test_a_repayment_confirmed_many_times_at_once_is_booked_once(field: Late) -> None:
    [number] = _receive(field, BankRow(9_800, payer_name="某单位"))
    asked = field.late(
        lambda session: repayments.ask_from_receipt(session, field.shop.finance, number, 9_800, "付错").number
    )
    confirm = [
        lambda session, at=at: repayments.confirm(session, actor_of("finance_clerk"), asked, f"B-{at}")
        for at in range(THREADS)
    ]
    assert field.both(*confirm) == ["done"] + ["illegal_transition"] * (THREADS - 1)
    with db.transaction() as session:
        back = session.scalars(select(Transfer.amount_fen).where(Transfer.kind == "given_back")).all()
        assert back == [9_800]
