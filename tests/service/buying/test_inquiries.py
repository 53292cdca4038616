"""Quotes stay sealed until the deadline, are compared after it, and the award says why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import db
from marketplace.core.actor import Actor
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, DomainError, Invalid, NotFound
from marketplace.orders.buying.models import PriceInquiry, PriceQuote
from marketplace.orders.buying.service import inquiries, inquiry_lists, quoting
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop
from tests.support.threads import in_threads

DEADLINE = NOON + timedelta(days=3)
ITEMS = [
    {"name": "金柚", "spec": None, "unit": "箱", "quantity": 10},
    {"name": "茶叶", "spec": None, "unit": "盒", "quantity": 5},
]


@dataclass
class Round:
    """An inquiry of two items with three suppliers."""

    shop: Shop
    suppliers: list[Organisation]
    inquiry: PriceInquiry

    def seller(self, place: int) -> Actor:
        return actor_of("producer", self.suppliers[place].id)

    def quote(self, session: Session, place: int, *prices: int) -> PriceQuote:
        lines = [{"line_no": n, "unit_price_fen": fen} for n, fen in enumerate(prices, 1)]
        key = self.suppliers[place].id
        return quoting.send(session, self.seller(place), self.inquiry.number, key, lines)


def begin(session: Session) -> Round:
    shop = open_shop(session)
    producers = [shop.world.producer() for _ in range(3)]
    suppliers = [session.get_one(Organisation, one.organisation_id) for one in producers]
    return Round(shop, suppliers, inquiries.ask(session, shop.buyer_actor, _new(shop, suppliers)))


def _new(shop: Shop, suppliers: list[Organisation], **changes: object) -> inquiries.NewInquiry:
    values: dict = {
        "buyer_id": shop.buyer.id, "title": "水果", "items": ITEMS,
        "suppliers": [one.id for one in suppliers], "deliver_by": date(2020, 10, 20), "deadline": DEADLINE,
    }  # fmt: skip
    return inquiries.NewInquiry(**(values | changes))


@pytest.fixture
def asked(session: Session, heard: Heard) -> Round:
    return begin(session)


def test_fewer_than_three_need_a_reason(session: Session, asked: Round) -> None:
    with pytest.raises(Invalid) as refused:
        inquiries.ask(session, asked.shop.buyer_actor, _new(asked.shop, asked.suppliers[:2]))
    assert refused.value.code == "few_suppliers"
    made = inquiries.ask(
        session, asked.shop.buyer_actor, _new(asked.shop, asked.suppliers[:1], fewer_reason="独家")
    )
    assert made.fewer_reason == "独家"
    twice = [asked.suppliers[0], asked.suppliers[0], asked.suppliers[0]]
    with pytest.raises(Invalid):
        inquiries.ask(session, asked.shop.buyer_actor, _new(asked.shop, twice))


def test_nobody_reads_a_quote_before_the_deadline(session: Session, asked: Round) -> None:
    row = asked.quote(session, 0, 4_321, 8_765)
    assert b"4321" not in row.quote_enc
    found, content = quoting.own_quote(session, asked.seller(0), asked.inquiry, asked.suppliers[0].id)
    assert (found.id, content) == (row.id, None)
    buyer, number = asked.shop.buyer_actor, asked.inquiry.number
    for refused in (
        lambda: inquiries.comparison(session, buyer, number),
        lambda: inquiries.open_quotes(session, buyer, number),
    ):
        with pytest.raises(Conflict) as sealed:
            refused()
        assert sealed.value.code == "still_sealed"
    with pytest.raises(Conflict):
        inquiries.award(session, buyer, number, asked.suppliers[0].id, "抢先")
    # After the deadline but before the opening they are sealed too.
    with frozen_at(DEADLINE), pytest.raises(Conflict):
        inquiries.comparison(session, buyer, number)


def test_a_quote_is_replaced_and_withdrawn_before_the_deadline(session: Session, asked: Round) -> None:
    asked.quote(session, 0, 100, 100)
    assert asked.quote(session, 0, 90, 90).version == 2
    asked.quote(session, 1, 95, 95)
    quoting.withdraw(session, asked.seller(1), asked.inquiry.number, asked.suppliers[1].id)
    with frozen_at(DEADLINE):
        with pytest.raises(Conflict) as late:
            asked.quote(session, 2, 1, 1)
        assert late.value.code == "quotes_closed"
        with pytest.raises(Conflict):
            quoting.withdraw(session, asked.seller(0), asked.inquiry.number, asked.suppliers[0].id)
        inquiries.open_quotes(session, asked.shop.buyer_actor, asked.inquiry.number)
        _, found = inquiries.comparison(session, asked.shop.buyer_actor, asked.inquiry.number)
    assert found.prices == {1: {asked.suppliers[0].id: 90}, 2: {asked.suppliers[0].id: 90}}


def test_the_lowest_is_marked_and_another_needs_a_reason(session: Session, asked: Round) -> None:
    asked.quote(session, 0, 100, 100)  # 1500
    asked.quote(session, 1, 90, 130)  # 1550
    asked.quote(session, 2, 1)  # incomplete: the lowest price of an item, no total
    first, second, third = (one.id for one in asked.suppliers)
    buyer, number = asked.shop.buyer_actor, asked.inquiry.number
    with frozen_at(DEADLINE):
        inquiries.open_quotes(session, buyer, number)
        _, found = inquiries.comparison(session, buyer, number)
        assert found.lowest == {1: {third}, 2: {first}}
        assert found.totals == {first: 1_500, second: 1_550}
        assert found.lowest_total == {first}
        with pytest.raises(Invalid) as refused:
            inquiries.award(session, buyer, number, second)
        assert refused.value.code == "award_reason"
        done = inquiries.award(session, buyer, number, second, "交货期短")
    assert (done.state, done.awarded_to, done.award_reason) == ("awarded", second, "交货期短")


def test_a_supplier_sees_neither_the_others_nor_their_prices(session: Session, asked: Round) -> None:
    asked.quote(session, 0, 100, 100)
    with frozen_at(DEADLINE):
        inquiries.open_quotes(session, asked.shop.buyer_actor, asked.inquiry.number)
        with pytest.raises(NotFound):
            inquiries.comparison(session, asked.seller(1), asked.inquiry.number)
        with pytest.raises(NotFound):
            quoting.own_quote(session, asked.seller(1), asked.inquiry, asked.suppliers[0].id)
        _, own = quoting.own_quote(session, asked.seller(0), asked.inquiry, asked.suppliers[0].id)
    assert own is not None
    assert [line["unit_price_fen"] for line in own["lines"]] == [100, 100]


def test_who_is_not_asked_neither_sees_nor_quotes(session: Session, asked: Round) -> None:
    other = asked.shop.world.producer().organisation_id
    stranger = actor_of("producer", other)
    lines = [{"line_no": 1, "unit_price_fen": 1}]
    with pytest.raises(NotFound):
        inquiry_lists.read_inquiry(session, stranger, asked.inquiry.number)
    with pytest.raises(NotFound):
        quoting.send(session, stranger, asked.inquiry.number, other, lines)
    with pytest.raises(NotFound):
        quoting.send(session, stranger, asked.inquiry.number, asked.suppliers[0].id, lines)
    assert session.scalar(select(func.count()).select_from(PriceQuote)) == 0


def test_a_quote_that_meets_the_deadline_is_compared_or_refused_never_lost(
    own_database: db.Database, heard: Heard
) -> None:
    with frozen_at(NOON), db.transaction() as session:
        asked = begin(session)
    sellers = [asked.seller(place) for place in range(3)]
    start = Barrier(4)
    sent: list[str] = []

    def send(place: int) -> None:
        start.wait()
        # One has a moment left, the others are late by then.
        at = DEADLINE - timedelta(microseconds=1) if place == 0 else DEADLINE
        try:
            with frozen_at(at), db.transaction() as session:
                lines = [{"line_no": 1, "unit_price_fen": 100 + place}]
                quoting.send(session, sellers[place], asked.inquiry.number, asked.suppliers[place].id, lines)
            sent.append(f"sent {place}")
        except DomainError as refused:
            sent.append(refused.code)

    def open_them() -> None:
        start.wait()
        with frozen_at(DEADLINE), db.transaction() as session:
            inquiries.open_quotes(session, asked.shop.buyer_actor, asked.inquiry.number)

    in_threads(*(lambda place=place: send(place) for place in range(3)), open_them)
    with frozen_at(DEADLINE), db.transaction() as session:
        _, found = inquiries.comparison(session, asked.shop.buyer_actor, asked.inquiry.number)
    assert sent.count("quotes_closed") == 3 - len(found.prices[1])
    assert set(found.prices[1]) == ({asked.suppliers[0].id} if "sent 0" in sent else set())
