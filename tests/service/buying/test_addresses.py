"""Addresses are sealed, masked in lists, one is the default, and nobody else's can be used."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import db
from marketplace.core.clock import frozen_at
from marketplace.core.errors import NotFound
from marketplace.core.models import AuditRecord
from marketplace.orders.buying.models import DeliveryAddress
from marketplace.orders.buying.service import addresses
from tests.orders_world import NOON, Heard, Shop, actor_of, open_shop
from tests.support.threads import race

TO = {"area": "440104", "name": "张三丰", "telephone": "13812341234", "address": "演示路1号"}


def _rows(session: Session, shop: Shop) -> list[DeliveryAddress]:
    return list(session.scalars(addresses.listing(shop.buyer_actor)))


def test_an_address_is_sealed_and_masked(session: Session, shop: Shop) -> None:
    row = addresses.add(session, shop.buyer_actor, shop.buyer.id, "食堂", TO)
    assert row.deliver_to_enc is not None
    assert "张三丰".encode() not in row.deliver_to_enc
    shown = addresses.masked(row)
    assert (shown["name"], shown["telephone"], shown["is_default"]) == ("张*", "138****1234", True)
    assert "address" not in shown


def test_one_address_is_the_default(session: Session, shop: Shop) -> None:
    first = addresses.add(session, shop.buyer_actor, shop.buyer.id, "一", TO)
    second = addresses.add(session, shop.buyer_actor, shop.buyer.id, "二", TO)
    assert (first.is_default, second.is_default) == (True, False)
    addresses.make_default(session, shop.buyer_actor, second.id)
    session.expire_all()
    assert {row.label: row.is_default for row in _rows(session, shop)} == {"一": False, "二": True}


def test_the_whole_address_is_read_with_a_purpose_that_is_recorded(session: Session, shop: Shop) -> None:
    row = addresses.add(session, shop.buyer_actor, shop.buyer.id, "食堂", TO)
    assert addresses.reveal(session, shop.buyer_actor, row.id, "核对") == TO
    session.flush()
    read = session.scalars(select(AuditRecord).where(AuditRecord.action == "orders.address.read")).one()
    assert (read.purpose, read.subject_id) == ("核对", str(row.id))


def test_a_removed_address_keeps_no_person(session: Session, shop: Shop) -> None:
    row = addresses.add(session, shop.buyer_actor, shop.buyer.id, "食堂", TO)
    addresses.remove(session, shop.buyer_actor, row.id)
    assert row.deliver_to_enc is None
    assert _rows(session, shop) == []
    with pytest.raises(NotFound):
        addresses.reveal(session, shop.buyer_actor, row.id, "核对")


def test_a_stranger_finds_no_address(session: Session, shop: Shop) -> None:
    row = addresses.add(session, shop.buyer_actor, shop.buyer.id, "食堂", TO)
    stranger = actor_of("buyer", shop.seller_actor.organisation_id)
    assert session.scalars(addresses.listing(stranger)).all() == []
    for refused in (
        lambda: addresses.reveal(session, stranger, row.id, "看"),
        lambda: addresses.deliver_to(session, stranger, row.id, shop.buyer.id),
        lambda: addresses.add(session, stranger, shop.buyer.id, "他", TO),
        lambda: addresses.remove(session, stranger, row.id),
    ):
        with pytest.raises(NotFound):
            refused()
    assert len(_rows(session, shop)) == 1


def test_two_who_choose_a_default_at_once_leave_one(own_database: db.Database, heard: Heard) -> None:
    with frozen_at(NOON), db.transaction() as session:
        shop = open_shop(session)
        keys = [
            addresses.add(session, shop.buyer_actor, shop.buyer.id, str(number), TO).id for number in range(3)
        ]
    outcome = race(lambda session, n: addresses.make_default(session, shop.buyer_actor, keys[n % 3]), 9, NOON)
    assert outcome == {"done": 9}
    with db.transaction() as session:
        assert sum(row.is_default for row in session.scalars(select(DeliveryAddress))) == 1
