"""Which facts and which days are noted as changes, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from marketplace.app import compose
from marketplace.attribution.models import Entry
from marketplace.catalogue.service import channels, listings, offers, prices, stock
from marketplace.catalogue.service.stock import Units
from marketplace.certification.models import Certificate
from marketplace.certification.service.history import add_event
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from marketplace.payments import service as payments
from marketplace.producers.models import Producer
from marketplace.producers.service import producers, products
from search.engines.postgresql import PostgresqlEngine
from search.engines.registry import engines
from search.models import Change, Document
from search.sync import changes, dated
from search.sync.drift import Drift, verify
from tests.catalogue_world import NOON
from tests.orders_world import open_shop
from tests.support import searching
from tests.support.households import helped_product
from tests.support.searching import Goods, Remote, documents, editor, noted, put_on_sale, sync_all
from wsgi import FEATURES

pytestmark = pytest.mark.usefixtures("database")


SYSTEM = system_actor()


NOTHING = Drift((), (), ())


def priced(session: Any, goods: Goods) -> None:
    prices.set_price(session, SYSTEM, searching.listing(session, goods), 5_100, None)


def paused(session: Any, goods: Goods) -> None:
    listings.change_state(session, SYSTEM, searching.listing(session, goods), "paused", "缺货")


def sold_out(session: Any, goods: Goods) -> None:
    item = searching.listing(session, goods).stock_item_id
    stock.adjust(session, [Units(item, -10)], NOON, None, "盘亏")


def withdrawn(session: Any, goods: Goods) -> None:
    product = searching.product(session, goods)
    owner = session.get_one(Producer, product.producer_id)
    products.withdraw(session, editor(owner), product.id, product.row_version)


def amended(session: Any, goods: Goods) -> None:
    product = searching.product(session, goods)
    owner = session.get_one(Producer, product.producer_id)
    products.amend(session, editor(owner), product.id, {"description": "甜"}, product.row_version)


def renamed(session: Any, goods: Goods) -> None:
    owner = session.get_one(Producer, searching.product(session, goods).producer_id)
    session.execute(
        sql("UPDATE accounts.organisation SET name = '白沙新名合作社' WHERE id = :id"),
        {"id": owner.organisation_id},
    )
    session.expire_all()
    producers.amend(session, editor(owner), owner.id, {}, owner.row_version)


def product_renamed(session: Any, goods: Goods) -> None:
    product = searching.product(session, goods)
    owner = session.get_one(Producer, product.producer_id)
    products.amend(session, editor(owner), product.id, {"name": "鸡蛋果"}, product.row_version)


def closed(session: Any, goods: Goods) -> None:
    channels.close_channel(
        session, SYSTEM, channels.get_channel(session, goods.channel_id), date(2020, 10, 1)
    )


def offer_amended(session: Any, goods: Goods) -> None:
    offer = offers.get_offer(session, searching.listing(session, goods).offer_id)
    offers.amend_offer(session, SYSTEM, offer, {"title": "百香果礼盒"})


def suspended(session: Any, goods: Goods) -> None:
    certificate = session.scalars(select(Certificate).where(Certificate.product_id == goods.product_id)).one()
    add_event(session, SYSTEM, certificate, "suspended")


FACTS: list[Callable[[Any, Goods], None]] = [
    priced, paused, sold_out, withdrawn, amended, renamed, product_renamed, closed, offer_amended, suspended,
]  # fmt: skip


def everywhere() -> Drift:
    return verify(engines().written[-1])


@pytest.mark.parametrize("change", FACTS)
def test_whatever_changes_a_product_notes_it_in_the_same_transaction(
    change: Callable[[Any, Goods], None],
) -> None:
    goods = put_on_sale("百香果", certified=True)
    put_on_sale("绿茶")
    sync_all()
    with pytest.raises(RuntimeError, match="too late"), transaction() as session:
        change(session, goods)
        assert set(session.scalars(select(Change.product_id))) == {goods.product_id}
        raise RuntimeError("too late")
    assert noted() == []
    assert everywhere() == NOTHING
    with transaction() as session:
        change(session, goods)
    assert set(noted()) == {goods.product_id}
    sync_all()
    assert noted() == []
    assert everywhere() == NOTHING


def test_a_renamed_product_is_found_by_its_new_name_and_no_longer_by_its_old_one() -> None:
    goods = put_on_sale("蜂蜜")
    sync_all()
    with transaction() as session:
        product = searching.product(session, goods)
        owner = session.get_one(Producer, product.producer_id)
        products.amend(session, editor(owner), product.id, {"name": "大米"}, product.row_version)
    sync_all()
    assert searching.names(searching.ask("蜂蜜")) == []
    [item] = searching.ask("大米").items
    assert (item["name"], item["listing"]["title"]) == ("大米", "大米")


def test_what_counts_and_what_is_taken_back_is_noted_and_orders_by_sales() -> None:
    with transaction() as session:
        shop = open_shop(session, (4_900, 5_900))
        wanted = [row.product_id for row in shop.listings]
    sync_all()
    with transaction() as session:
        shop.session = shop.world.session = session
        shop.listings = [session.get_one(type(row), row.id) for row in shop.listings]
        order = shop.complete([1, 2])
    assert set(noted()) == set(wanted)
    sync_all()
    with transaction() as session:
        sold = dict(session.execute(select(Entry.product_id, Entry.sale_fen)).all())
        kept = dict(session.execute(select(Document.product_id, Document.sales_fen)).all())
    assert kept == sold == dict(zip(wanted, (4_900, 11_800), strict=True))
    with transaction() as session:
        shop.session = session
        refund = shop.returned(order, 2, 2)
        assert refund is not None
        session.execute(sql("DELETE FROM search.change"))
        payments.confirm_refund(session, shop.finance, refund.number, reference="B1")
    assert noted() == [wanted[1]]
    sync_all()
    with transaction() as session:
        kept = dict(session.execute(select(Document.product_id, Document.sales_fen)).all())
    assert kept == {wanted[0]: 4_900, wanted[1]: 0}
    assert everywhere() == NOTHING


def test_an_agreement_that_is_approved_is_noted_for_its_products() -> None:
    with pytest.MonkeyPatch.context() as patch:
        heard: list[Any] = []
        patch.setattr(changes, "note", lambda _, ids: heard.append(set(ids)))
        compose(FEATURES)
        goods = helped_product(3)
    assert {goods.product_id} in heard


def test_a_change_is_written_once_for_every_engine(remote: Remote) -> None:
    goods = put_on_sale("绿茶")
    assert set(noted("postgresql")) == set(noted("elasticsearch")) == {goods.product_id}
    sync_all()
    assert (noted("postgresql"), noted("elasticsearch")) == ([], [])
    assert set(remote.kept) == set(documents()) == {goods.product_no}
    assert remote.kept[goods.product_no].digest == documents()[goods.product_no]


def test_the_calendar_notes_what_begins_and_ends() -> None:
    ended, opened, shut, helped, quiet = (
        put_on_sale("百香果", certified=True),
        put_on_sale("蜂蜜"),
        put_on_sale("大米"),
        helped_product(3),
        put_on_sale("绿茶"),
    )
    with transaction() as session:
        session.execute(
            sql("UPDATE catalogue.channel SET opened_on = '2022-09-12' WHERE id = :id"),
            {"id": opened.channel_id},
        )
        session.execute(
            sql("UPDATE catalogue.channel SET closed_on = '2022-09-12' WHERE id = :id"),
            {"id": shut.channel_id},
        )
        session.execute(
            sql("UPDATE beneficiaries.agreement_version SET valid = daterange('2020-09-01', '2022-09-12')")
        )
    turned = {goods.product_id for goods in (ended, opened, shut, helped)}
    sync_all()
    with frozen_at(shanghai(2022, 9, 11, 23)):
        assert dated.note_turning() == 0
    with frozen_at(shanghai(2022, 9, 12)):
        assert dated.note_turning() == 4
        assert set(noted()) == turned
        sync_all()
        assert everywhere() == NOTHING
        assert dated.note_turning() == 0
    assert quiet.product_no in documents()


def test_a_worker_that_was_away_for_a_month_notes_what_ended_meanwhile() -> None:
    goods = put_on_sale("百香果", certified=True)
    sync_all()
    with frozen_at(shanghai(2022, 10, 12)):
        assert verify(PostgresqlEngine()) == Drift((), (goods.product_no,), ())
        assert dated.note_turning() == 1
        sync_all()
        assert everywhere() == NOTHING
