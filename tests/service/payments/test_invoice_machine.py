"""Any sequence of orders, invoices, returns and red letters: amounts, tax and what is owed agree after every step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.places import place
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import DomainError
from marketplace.orders import service
from marketplace.orders.models import OrderLine, SalesOrder
from marketplace.orders.rules import invoice_state
from marketplace.payments.models import Invoice, InvoiceDeclaration, InvoiceLine, InvoiceRequestOrder
from marketplace.payments.rules.invoices import tax_part
from marketplace.payments.service.invoices import checks, declarations, drafts, reading, red, requests
from marketplace.payments.service.invoices.issue import issue, issue_for_request
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop
from tests.service.payments.test_invoices import BUYER, SELLER, TO, printed
from tests.support.machines import of_length

_numbers = itertools.count(1)
_CODES = {
    *("nothing_to_invoice", "no_red_owed", "red_above_blue", "illegal_transition"),
    *("declared_above_invoice", "declared_above_rest", "already_declared", "invoice_was_refused"),
    *("invoice_already_asked", "invoice_asked_otherwise"),
}


class Invoices(RuleBasedStateMachine):
    """Drives both sides; every step is one transaction that is done or refused whole."""

    database: db.Database

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.database.engine.connect()
        self.outer = self.connection.begin()
        self.database.session_options = {
            "bind": self.connection,
            "join_transaction_mode": "create_savepoint",
        }
        self.orders: list[str] = []
        self.blues: list[str] = []
        self.asked: list[str] = []

    def teardown(self) -> None:
        self.database.session_options = {"bind": self.database.engine}
        self.outer.rollback()
        self.connection.close()

    @contextmanager
    def step(self) -> Iterator[Session]:
        with frozen_at(NOON), db.transaction() as session:
            if hasattr(self, "shop"):
                self.shop.session = self.shop.world.session = session
            yield session

    def tried(self, work: Callable[[Session], object]) -> object | None:
        """What `work` gave; None when it was refused as it may be."""
        try:
            with self.step() as session:
                return work(session)
        except DomainError as refusal:
            if refusal.code not in _CODES:
                raise
            return None

    @initialize()
    def open(self) -> None:
        with self.step() as session:
            self.shop: Shop = open_shop(session, (4_900, 3_333, 101), units=1_000)
            session.execute(
                update(Organisation)
                .where(Organisation.id == self.shop.seller_actor.organisation_id)
                .values(uscc=SELLER)
            )
            self.union = self.shop.world.organisation("union", "440104")
            place(session, system_actor(), self.shop.buyer.id, None, date(2020, 1, 1), "演示")
            place(session, system_actor(), self.union.id, self.shop.buyer.id, date(2020, 1, 1), "演示")

    @rule(quantities=st.lists(st.integers(1, 4), min_size=1, max_size=3), paid=st.booleans())
    def sell(self, quantities: list[int], paid: bool) -> None:
        with self.step():
            order = self.shop.place(quantities, payment_method="after_delivery")
            self.shop.deliver(order)
            service.accept(self.shop.session, self.shop.buyer_actor, order.number)
            if paid:
                self.shop.pay(order)
            self.orders.append(order.number)

    @rule(data=st.data())
    @precondition(lambda self: self.orders)
    def give_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.orders))
        with self.step() as session:
            order = service.lock_order(session, number)
            left = [line for line in self.shop.lines(order) if line.accepted > line.returned]
            if left:
                line = data.draw(st.sampled_from(left))
                units = data.draw(st.integers(1, line.accepted - line.returned))
                self.shop.returned(order, line.line_no, units)

    def _sums(self, session: Session, numbers: list[str]) -> tuple[int, int]:
        rest = [
            draft
            for number in numbers
            for draft in drafts.rest_of(session, service.lock_order(session, number))
        ]
        return sum(one.gross_fen for one in rest), sum(one.tax_fen for one in rest)

    @rule(data=st.data())
    @precondition(lambda self: self.orders)
    def issue(self, data: st.DataObject) -> None:
        numbers = data.draw(st.lists(st.sampled_from(self.orders), min_size=1, max_size=3, unique=True))

        def work(session: Session) -> str:
            given = printed(next(_numbers), *self._sums(session, numbers))
            return issue(session, self.shop.seller_actor, numbers, TO, given).number

        if made := self.tried(work):
            self.blues.append(str(made))

    @rule(data=st.data())
    @precondition(lambda self: self.orders)
    def ask(self, data: st.DataObject) -> None:
        numbers = data.draw(st.lists(st.sampled_from(self.orders), min_size=1, max_size=2, unique=True))
        ask = {"kind": "special", "title": "演示工会", "tax_number": BUYER}
        made = self.tried(
            lambda session: requests.ask(session, self.shop.buyer_actor, numbers, **ask).number  # type: ignore[arg-type]
        )
        if made:
            self.asked.append(str(made))

    @rule(data=st.data(), answer=st.sampled_from(["issue", "decline", "withdraw"]))
    @precondition(lambda self: self.asked)
    def answer(self, data: st.DataObject, answer: str) -> None:
        number = data.draw(st.sampled_from(self.asked))

        def work(session: Session) -> str | None:
            if answer == "decline":
                requests.decline(session, self.shop.seller_actor, number, "演示")
                return None
            if answer == "withdraw":
                requests.withdraw(session, self.shop.buyer_actor, number)
                return None
            row, found = requests.lock_request(session, self.shop.seller_actor, number)
            assert row.number == number
            given = printed(next(_numbers), *self._sums(session, [order.number for order in found]))
            return issue_for_request(session, self.shop.seller_actor, number, given).number

        if made := self.tried(work):
            self.blues.append(str(made))

    @rule(data=st.data(), how=st.sampled_from(["owed", "whole", "parts"]))
    @precondition(lambda self: self.blues)
    def take_back(self, data: st.DataObject, how: str) -> None:
        number = data.draw(st.sampled_from(self.blues))
        with self.step() as session:
            blue = reading.find(session, system_actor(), number)
            lines = reading.lines_of_invoice(session, blue)
            left = {line.line_no: line.gross_fen - line.red_fen for line in lines}
            if how == "parts":
                wanted = {no: data.draw(st.integers(0, fen)) for no, fen in left.items()}
            elif how == "whole" or blue.check_state == "refused":
                wanted = left
            else:
                covered = reading.orders_of_invoice(session, blue)
                wanted = red._owed(session, lines, covered)
        wanted = {no: fen for no, fen in wanted.items() if fen}
        tax = sum(
            tax_part(one.gross_fen, one.tax_fen, one.red_fen, one.red_tax_fen, wanted[one.line_no])
            for one in lines
            if one.line_no in wanted
        )
        given = printed(next(_numbers), sum(wanted.values()), tax)
        reversal = red.Reversal(
            reason="演示",
            confirmation_no="44010120201001000001",
            parts=wanted if how == "parts" else None,
            whole=how == "whole",
        )
        self.tried(lambda session: red.issue_red(session, self.shop.seller_actor, number, reversal, given))

    @rule(data=st.data(), accept=st.booleans())
    @precondition(lambda self: self.blues)
    def check(self, data: st.DataObject, accept: bool) -> None:
        number = data.draw(st.sampled_from(self.blues))
        self.tried(
            lambda session: checks.check(session, self.shop.buyer_actor, number, accept=accept, opinion=None)
        )

    @rule(data=st.data(), of_union=st.booleans(), fen=st.integers(1, 20_000))
    @precondition(lambda self: self.blues)
    def declare(self, data: st.DataObject, of_union: bool, fen: int) -> None:
        number = data.draw(st.sampled_from(self.blues))
        organisation = self.union if of_union else self.shop.buyer

        def work(session: Session) -> None:
            blue = reading.find(session, system_actor(), number)
            declarations.declare(
                session, actor_of("buyer", organisation.id), organisation.id,
                code=blue.code, invoice_no=blue.invoice_no, amount_fen=fen,
            )  # fmt: skip

        self.tried(work)

    @rule()
    def withdraw_declarations(self) -> None:
        with self.step() as session:
            standing = select(InvoiceDeclaration).where(InvoiceDeclaration.withdrawn_at.is_(None))
            for row in session.scalars(standing).all():
                clerk = actor_of("buyer", row.organisation_id)
                declarations.withdraw(session, clerk, row.id)

    @invariant()
    def orders_say_what_their_invoices_say(self) -> None:
        with self.step() as session:
            over = set()
            for order in session.scalars(select(SalesOrder).where(SalesOrder.number.in_(self.orders))):
                sums = dict(
                    session.execute(
                        select(Invoice.color, func.sum(InvoiceLine.gross_fen))
                        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
                        .where(InvoiceLine.order_id == order.id)
                        .group_by(Invoice.color)
                    ).all()
                )
                assert (order.invoiced_fen, order.red_fen) == (sums.get("blue", 0), sums.get("red", 0))
                asked = session.scalar(
                    select(func.count())
                    .select_from(InvoiceRequestOrder)
                    .where(InvoiceRequestOrder.order_id == order.id, InvoiceRequestOrder.is_open)
                )
                worth = service.worth_fen(order)
                expected = invoice_state(worth, order.invoiced_fen, order.red_fen, asked=bool(asked))
                assert order.invoice_state == expected
                refused = session.scalar(
                    select(func.count())
                    .select_from(InvoiceLine)
                    .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
                    .where(
                        InvoiceLine.order_id == order.id,
                        Invoice.check_state == "refused",
                        Invoice.color == "blue",
                        InvoiceLine.red_fen < InvoiceLine.gross_fen,
                    )
                )
                if order.invoiced_fen - order.red_fen > worth or refused:
                    over.add(order.number)
            owing = session.scalars(reading.orders_owing_red(system_actor())).all()
            assert {order.number for order in owing if order.number in self.orders} == over
            assert all(one.owed_fen > 0 for one in reading.reds_owed(session, owing))

    @invariant()
    def invoices_never_give_back_or_are_declared_beyond_what_they_say(self) -> None:
        with self.step() as session:
            for blue in session.scalars(select(Invoice).where(Invoice.color == "blue")):
                reds = reading.reds_of(session, blue)
                assert blue.red_fen == sum(one.total_fen for one in reds)
                lines = reading.lines_of_invoice(session, blue)
                assert sum(one.tax_fen for one in reds) == sum(line.red_tax_fen for line in lines)
                assert (blue.total_fen, blue.tax_fen) == (
                    sum(line.gross_fen for line in lines),
                    sum(line.tax_fen for line in lines),
                )
                standing = sum(
                    one.amount_fen
                    for one in declarations.declarations_of(session, blue)
                    if one.withdrawn_at is None
                )
                assert standing == blue.declared_fen <= blue.total_fen - blue.red_fen

    @invariant()
    def a_line_invoiced_whole_has_its_frozen_tax(self) -> None:
        with self.step() as session:
            for order in session.scalars(select(SalesOrder).where(SalesOrder.number.in_(self.orders))):
                lines = {line.id: line for line in session.scalars(_lines(order))}
                for line_id, net in drafts.net_of(session, order).items():
                    if line_id is not None and net.gross_fen == lines[line_id].amount_fen:
                        assert net.tax_fen == lines[line_id].tax_fen


def _lines(order: SalesOrder) -> object:
    return select(OrderLine).where(OrderLine.order_id == order.id)


def test_invoices_agree_with_orders_after_any_sequence_of_steps(
    shared_database: db.Database, heard: Heard
) -> None:
    db.connect(shared_database)
    Invoices.database = shared_database
    run_state_machine_as_test(Invoices, settings=of_length(20, 15))
