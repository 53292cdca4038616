"""A unit and its union share an invoice: never more than it says, whoever is first, and red letters count."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service.places import on_day, place
from marketplace.core import db
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.payments.models import Invoice, InvoiceDeclaration
from marketplace.payments.rules.invoices import tax_part
from marketplace.payments.service.invoices import declarations, red
from marketplace.payments.service.invoices.issue import issue
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop
from tests.service.payments.test_invoices import SELLER, TO, blue, printed, refused, shop, take_back

__all__ = ["shop"]


def union_of(shop: Shop) -> Organisation:
    """A union below the shop's buyer in the tree."""
    made = shop.world.organisation("union", "440104")
    place(shop.session, system_actor(), shop.buyer.id, None, date(2020, 1, 1), "演示")
    place(shop.session, system_actor(), made.id, shop.buyer.id, date(2020, 1, 1), "演示")
    return made


def declare(
    session: Session, actor: Actor, of: uuid.UUID, invoice: Invoice, amount_fen: int
) -> InvoiceDeclaration:
    return declarations.declare(
        session, actor, of, code=invoice.code, invoice_no=invoice.invoice_no, amount_fen=amount_fen
    )


def test_a_unit_and_its_union_share_an_invoice_to_the_fen(shop: Shop) -> None:
    union = union_of(shop)
    invoice = blue(shop, shop.place([2]))
    clerk = actor_of("buyer", union.id)
    declare(shop.session, shop.buyer_actor, shop.buyer.id, invoice, 6000)
    with pytest.raises(Conflict) as above, shop.session.begin_nested():
        declare(shop.session, clerk, union.id, invoice, 3801)
    assert above.value.code == "declared_above_invoice"
    shared = declare(shop.session, clerk, union.id, invoice, 3800)
    with pytest.raises(Conflict) as twice, shop.session.begin_nested():
        declare(shop.session, clerk, union.id, invoice, 1)
    assert twice.value.code == "already_declared"
    declarations.withdraw(shop.session, clerk, shared.id)
    refused("declaration_withdrawn", declarations.withdraw, shop.session, clerk, shared.id)
    shop.session.refresh(invoice)
    assert invoice.declared_fen == 6000
    declare(shop.session, clerk, union.id, invoice, 3800)
    shop.session.refresh(invoice)
    assert invoice.declared_fen == 9800


def test_a_stranger_does_not_learn_that_there_is_such_an_invoice(shop: Shop) -> None:
    invoice = blue(shop, shop.place([2]))
    stranger = shop.world.organisation("union", "440104")
    for number in (invoice.invoice_no, "99999999"):
        with pytest.raises(NotFound):
            declarations.declare(
                shop.session,
                actor_of("buyer", stranger.id),
                stranger.id,
                code=invoice.code,
                invoice_no=number,
                amount_fen=1,
            )
    with pytest.raises(Forbidden):
        declare(shop.session, actor_of("buyer", stranger.id), shop.buyer.id, invoice, 1)
    shop.session.refresh(invoice)
    assert invoice.declared_fen == 0


def test_a_red_letter_waits_until_less_is_declared(shop: Shop) -> None:
    order = shop.place([2])
    invoice = blue(shop, order)
    row = declare(shop.session, shop.buyer_actor, shop.buyer.id, invoice, 9800)
    with pytest.raises(Conflict) as early, shop.session.begin_nested():
        take_back(shop, invoice, 2, 9800, 809, whole=True)
    assert early.value.code == "declared_above_rest"
    declarations.withdraw(shop.session, shop.buyer_actor, row.id)
    letter = take_back(shop, invoice, 2, 9800, 809, whole=True)
    with pytest.raises(Conflict) as late, shop.session.begin_nested():
        declare(shop.session, shop.buyer_actor, shop.buyer.id, invoice, 1)
    assert late.value.code == "declared_above_invoice"
    refused("not_blue", declare, shop.session, shop.buyer_actor, shop.buyer.id, letter, 1)


@pytest.fixture
def trade(own_database: db.Database, heard: Heard) -> Shop:
    with frozen_at(NOON), db.transaction() as session:
        made = open_shop(session, (4_900,))
        session.execute(
            update(Organisation)
            .where(Organisation.id == made.seller_actor.organisation_id)
            .values(uscc=SELLER)
        )
    return made


def _race(works: list[object]) -> Counter[str]:
    start = threading.Barrier(len(works))

    def one(work: object) -> str:
        start.wait()
        try:
            with frozen_at(NOON), db.transaction() as session:
                work(session)  # type: ignore[operator]
        except DomainError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(one, works))


_numbers = iter(range(1, 10**6))


def _invoiced(trade: Shop) -> uuid.UUID:
    with frozen_at(NOON), db.transaction() as session:
        trade.session = session
        order = trade.place([2])
        given = printed(next(_numbers), 9800, 809)
        return issue(session, trade.seller_actor, [order.number], TO, given).id


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.integers(1, 6_000), min_size=2, max_size=6),
    red_fen=st.integers(0, 9_800),
    withdrawn=st.booleans(),
)
def test_what_is_declared_at_once_never_exceeds_an_invoice_less_its_red_letters(
    trade: Shop, amounts: list[int], red_fen: int, withdrawn: bool
) -> None:
    invoice_id = _invoiced(trade)
    with frozen_at(NOON), db.transaction() as session:
        trade.session = trade.world.session = session
        invoice = session.get_one(Invoice, invoice_id)
        number, key = invoice.number, (invoice.code, invoice.invoice_no)
        units = [trade.world.organisation("union").id for _ in amounts]
        if on_day(session, trade.buyer.id, date(2020, 10, 1)) is None:
            place(session, system_actor(), trade.buyer.id, None, date(2020, 1, 1), "演示")
        for unit in units:
            place(session, system_actor(), unit, trade.buyer.id, date(2020, 1, 1), "演示")

    def declaring(unit: uuid.UUID, fen: int) -> object:
        def work(session: Session) -> None:
            row = declarations.declare(
                session, actor_of("buyer", unit), unit, code=key[0], invoice_no=key[1], amount_fen=fen
            )
            if withdrawn:
                declarations.withdraw(session, actor_of("buyer", unit), row.id)
                declarations.declare(
                    session, actor_of("buyer", unit), unit, code=key[0], invoice_no=key[1], amount_fen=fen
                )

        return work

    def reversing(session: Session) -> None:
        given = printed(next(_numbers), red_fen, tax_part(9800, 809, 0, 0, red_fen))
        red.issue_red(
            session, trade.seller_actor, number, red.Reversal(reason="退货", parts={1: red_fen}), given
        )

    works: list[object] = [declaring(unit, fen) for unit, fen in zip(units, amounts, strict=True)]
    outcome = _race(works + ([reversing] if red_fen else []))
    assert set(outcome) <= {"done", "declared_above_invoice", "declared_above_rest"}
    with db.transaction() as session:
        invoice = session.get_one(Invoice, invoice_id)
        standing = session.scalar(
            select(func.coalesce(func.sum(InvoiceDeclaration.amount_fen), 0)).where(
                InvoiceDeclaration.invoice_id == invoice_id, InvoiceDeclaration.withdrawn_at.is_(None)
            )
        )
        assert invoice.declared_fen == standing
        assert standing <= invoice.total_fen - invoice.red_fen
        assert (outcome["declared_above_invoice"] + outcome["declared_above_rest"] > 0) or (
            sum(amounts) + red_fen <= 9_800
        )


def test_two_clerks_who_issue_at_once_issue_one_invoice(trade: Shop) -> None:
    with frozen_at(NOON), db.transaction() as session:
        trade.session = session
        order_number = trade.place([2]).number

    def issuing(session: Session) -> None:
        issue(session, trade.seller_actor, [order_number], TO, printed(next(_numbers), 9800, 809))

    assert _race([issuing] * 8) == {"done": 1, "nothing_to_invoice": 7}


def test_two_clerks_who_take_back_at_once_take_back_once(trade: Shop) -> None:
    invoice_id = _invoiced(trade)
    with db.transaction() as session:
        number = session.get_one(Invoice, invoice_id).number

    def reversing(session: Session) -> None:
        whole = red.Reversal(reason="作废", whole=True)
        red.issue_red(session, trade.seller_actor, number, whole, printed(next(_numbers), 9800, 809))

    assert _race([reversing] * 8) == {"done": 1, "no_red_owed": 7}
    with db.transaction() as session:
        assert session.get_one(Invoice, invoice_id).red_fen == 9800
