"""Threads on real commits: the database decides, and every count is exact."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.catalogue.models import StockItem, StockMovement
from marketplace.certification.models import Certificate
from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.orders import service
from marketplace.orders.models import OrderEvent, OrderLine, OrderReturn, SalesOrder
from marketplace.payments import service as payments
from marketplace.payments.models import Payment, Refund
from tests.catalogue_world import differences
from tests.orders_world import NOON, Heard, Shop, open_shop
from tests.support.certification import revoke
from tests.support.threads import race

THREADS = 20


@dataclass
class Field:
    """A shop in a database of its own, committed."""

    shop: Shop
    heard: Heard

    def __call__(self, work: Callable[[Session], object]) -> object:
        """One use case in its own transaction."""
        with frozen_at(NOON), db.transaction() as session:
            self.shop.session = session
            return work(session)

    def race(self, work: Callable[[Session, int], object], threads: int = THREADS) -> Counter[str]:
        """`work` in so many threads at once, each in its own transaction: how often it was done, and each refusal's code."""
        return race(work, threads, NOON)


@pytest.fixture
def field(own_database: db.Database, heard: Heard) -> Iterator[Field]:
    with frozen_at(NOON), db.transaction() as session:
        shop = open_shop(session, units=10)
    yield Field(shop, heard)
    with db.transaction() as session:
        assert differences(session) == []


def _stock() -> tuple[int, int]:
    with db.transaction() as session:
        on_hand, reserved = session.execute(select(StockItem.on_hand, StockItem.reserved)).one()
    return on_hand, reserved


def _count(table: type) -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_last_units_are_sold_once(field: Field) -> None:
    basket = field.shop.basket([3])
    outcome = field.race(lambda session, _: service.place(session, field.shop.buyer_actor, basket))
    assert outcome == {"done": 3, "out_of_stock": THREADS - 3}
    assert (_count(SalesOrder), _stock()) == (3, (10, 9))


def test_twenty_cancellations_of_a_paid_order_give_stock_and_money_back_once(field: Field) -> None:
    def paid(_: Session) -> str:
        order = field.shop.place([4])
        field.shop.pay(order)
        return order.number

    number = str(field(paid))
    outcome = field.race(
        lambda session, _: service.cancel(session, field.shop.buyer_actor, number, "重复下单")
    )
    assert outcome == {"done": 1, "illegal_transition": THREADS - 1}
    assert _stock() == (10, 0)
    with db.transaction() as session:
        assert session.scalars(select(Refund.amount_fen)).all() == [19_600]
        kinds = Counter(session.scalars(select(StockMovement.kind)))
        assert kinds == {"intake": 1, "reserve": 1, "release": 1}
        assert session.scalars(select(OrderEvent.kind).where(OrderEvent.kind == "cancelled")).all() == [
            "cancelled"
        ]


def test_a_return_asked_for_twenty_times_takes_each_unit_once(field: Field) -> None:
    number = str(field(lambda _: field.shop.complete([7]).number))
    outcome = field.race(
        lambda session, _: service.request_return(
            session, field.shop.buyer_actor, number, [service.Part(1, 2)], "quality"
        )
    )
    assert outcome == {"done": 3, "quantity": THREADS - 3}
    assert _count(OrderReturn) == 3


def test_goods_received_twenty_times_are_taken_off_once_and_refunded_once(field: Field) -> None:
    def asked(session: Session) -> str:
        order = field.shop.complete([2])
        row = service.request_return(
            session, field.shop.buyer_actor, order.number, [service.Part(1, 1)], "quality"
        )
        service.decide_return(session, field.shop.seller_actor, row.number, approve=True, opinion=None)
        return row.number

    number = str(field(asked))
    outcome = field.race(lambda session, _: service.receive_return(session, field.shop.seller_actor, number))
    assert outcome == {"done": 1, "illegal_transition": THREADS - 1}
    with db.transaction() as session:
        refund = session.scalars(select(Refund)).one()
        assert refund.amount_fen == 4_900
    outcome = field.race(
        lambda session, thread: payments.confirm_refund(
            session, field.shop.finance, refund.number, reference=f"B{thread}"
        )
    )
    assert outcome == {"done": 1, "illegal_transition": THREADS - 1}
    with db.transaction() as session:
        assert session.scalars(select(SalesOrder.refunded_fen)).one() == 4_900
    assert len(field.heard.reversed) == 1


def test_twenty_payments_of_the_whole_sum_book_it_once(field: Field) -> None:
    order = field(lambda _: field.shop.place([2]))
    assert isinstance(order, SalesOrder)

    def pay(session: Session, thread: int) -> None:
        payments.record_transfer(
            session,
            field.shop.finance,
            order.number,
            amount_fen=9_800,
            currency="CNY",
            reference=f"R{thread}",
            payer_name="演示预算单位",
            paid_at=NOON,
        )

    assert field.race(pay) == {"done": 1, "above_due": THREADS - 1}
    assert _count(Payment) == 1
    with db.transaction() as session:
        assert session.scalars(select(SalesOrder.paid_fen)).one() == 9_800


def test_payment_and_cancellation_at_once_end_with_the_money_owed_back_or_refused(field: Field) -> None:
    for _ in range(5):
        order = field(lambda _: field.shop.place([1]))
        assert isinstance(order, SalesOrder)

        def either(session: Session, thread: int, number: str = order.number) -> None:
            if thread:
                service.cancel(session, field.shop.buyer_actor, number, "不要了")
            else:
                payments.record_transfer(
                    session,
                    field.shop.finance,
                    number,
                    amount_fen=4_900,
                    currency="CNY",
                    reference=f"R-{number}",
                    payer_name="演示预算单位",
                    paid_at=NOON,
                )

        outcome = field.race(either, 2)
        with db.transaction() as session:
            after = session.scalars(select(SalesOrder).where(SalesOrder.id == order.id)).one()
            assert after.state == "cancelled"
            assert after.paid_fen == after.owed_back_fen
            assert (after.paid_fen, outcome["order_cancelled"]) in [(4_900, 0), (0, 1)]
    assert _stock() == (10, 0)


def test_evaluation_and_payment_at_once_count_the_line_once(field: Field) -> None:
    def accepted(session: Session) -> str:
        order = field.shop.place([2], payment_method="after_delivery")
        field.shop.deliver(order)
        service.accept(session, field.shop.buyer_actor, order.number)
        return order.number

    number = str(field(accepted))

    def either(session: Session, thread: int) -> None:
        if thread:
            service.evaluate(session, field.shop.buyer_actor, number, stars=5)
        else:
            payments.record_transfer(
                session,
                field.shop.finance,
                number,
                amount_fen=9_800,
                currency="CNY",
                reference="R-1",
                payer_name="演示预算单位",
                paid_at=NOON,
            )

    assert field.race(either, 2) == {"done": 2}
    assert [line.sale_fen for fact in field.heard.counted for line in fact.lines] == [9_800]


def test_a_sale_and_a_revocation_at_once_agree_on_which_came_first(field: Field) -> None:
    with db.transaction() as session:  # the clock runs here: which came first is what is asked
        certificate_id = session.scalars(
            update(Certificate).values(valid_to=date(2199, 1, 1)).returning(Certificate.id)
        ).one()
    start = threading.Barrier(9)

    def sell(_: int) -> None:
        start.wait()
        with db.transaction() as session:
            basket = field.shop.basket([1], payment_method="after_delivery")
            service.place(session, field.shop.buyer_actor, basket)

    def take_away() -> None:
        start.wait()
        with db.transaction() as session:
            revoke(session, certificate_id, cause="false_evidence")

    with ThreadPoolExecutor(9) as pool:
        for done in [pool.submit(take_away), *(pool.submit(sell, number) for number in range(8))]:
            done.result()
    with db.transaction() as session:
        void_from = session.scalars(select(Certificate.void_from)).one()
        assert void_from is not None
        sold = session.execute(
            select(SalesOrder.sold_at, OrderLine.goods_class, OrderLine.goods_class_reason).join(
                OrderLine, OrderLine.order_id == SalesOrder.id
            )
        ).all()
    assert len(sold) == 8
    for sold_at, goods_class, reason in sold:
        expected = ("certified_aid", None) if sold_at < void_from else ("area_produce", "certificate_revoked")
        assert (goods_class, reason) == expected
