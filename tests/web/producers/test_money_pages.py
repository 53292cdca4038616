"""Money, sales and agreements on the producer's pages: the own figures, households as numbers only."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.payments.service import commission_bills
from tests.orders_world import Shop
from tests.support.county import World, make_world
from tests.support.pages import personal
from tests.support.settling import Till
from tests.support.visitors import Visitor, text_of

Visit = Callable[..., Visitor]


def test_what_buyers_owe_stands_on_the_money_page(seller: Visitor, order: str) -> None:
    shown = text_of(seller.read("/producer/money"))
    assert "自送达起算 1 ¥134.00" in shown
    assert "还没有付款记录" in shown
    assert "期末余额 ¥134.00" in text_of(seller.read("/producer/statement?period=2020-10"))
    assert "这个月没有往来" in seller.read("/producer/statement?period=2020-09")
    assert seller.get("/producer/statement?period=never").status_code == 200


def test_the_statement_begins_with_the_newest_month_in_which_anything_moved(
    visitor: Visit, shop: Shop, order: str
) -> None:
    with frozen_at(shanghai(2021, 3, 1, 12)):
        seller = visitor("producer", organisation_id=shop.seller_actor.organisation_id)
        assert "/producer/statement?period=2020-10" in seller.read("/producer/money")
        shown = text_of(seller.read("/producer/statement"))
    assert "没有选月份,这里是 2020-10" in shown
    assert "期末余额 ¥134.00" in shown


def test_bills_of_commission_stand_on_their_pages_with_the_orders_behind_them(
    visitor: Visit, shop: Shop
) -> None:
    with transaction() as session:
        shop.session = session
        till = Till(shop)
        till.commission(250)
        number = shop.complete((2, 3)).number
        producer, clerk = till.producer_id, till.clerk
    with frozen_at(shanghai(2020, 11, 6, 10)):
        with transaction() as session:
            bill = commission_bills.draw_up(session, clerk, producer, "2020-10")
            assert bill is not None
            path = f"/producer/commission-bills/{bill.number}"
        seller = visitor("producer_finance", organisation_id=shop.seller_actor.organisation_id)
        listed = seller.read("/producer/commission-bills")
        assert path in listed
        assert "2020-10 ¥134.00 ¥3.35 2020-11-06 待支付" in text_of(listed)
        shown = text_of(seller.read(path))
        assert f"{number} 2.5% ¥98.00 ¥2.45" in shown
        assert "/producer/commission-bills" in seller.read("/producer/money")
        with transaction() as session:
            shop.world.session = session
            elsewhere = shop.world.producer(name="别家合作社").organisation_id
        assert visitor("producer", organisation_id=elsewhere).get(path).status_code == 404


def test_sales_that_counted_are_summed_by_channel_product_and_city(seller: Visitor, shop: Shop) -> None:
    assert "还没有计入的销售" in seller.read("/producer/sales")
    with transaction() as session:
        shop.session = session
        shop.complete((2, 3))
    shown = text_of(seller.read("/producer/sales"))
    assert "广州市 1 ¥134.00" in shown
    assert "832" in shown


def test_a_settlement_run_says_what_it_took_and_what_the_bank_paid(
    visitor: Visit, seller: Visitor, shop: Shop
) -> None:
    with transaction() as session:
        shop.session = session
        till = Till(shop)
        till.supervise()
        till.open_account()
        number = shop.complete((2, 3)).number
        payout = till.settle()
        run = payout.run_id
    assert run is not None
    listed = seller.read("/producer/settlements")
    path = "/producer/settlements/" + listed.split('href="/producer/settlements/')[1].split('"')[0]
    shown = text_of(seller.read(path))
    assert f"{number} 货款 · 2020-10-01" in shown
    assert "应付 ¥134.00" in shown
    assert "已付出" in shown
    assert path in seller.read("/producer/money")
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    assert visitor("producer", organisation_id=elsewhere).get(path).status_code == 404


def test_what_is_sold_and_does_not_count_yet_says_what_it_lacks(seller: Visitor, order: str) -> None:
    shown = text_of(seller.read("/producer/uncounted"))
    assert order in shown
    assert "付款 采购人" in shown
    assert "还没计入的订单 1" in text_of(seller.read("/producer/sales"))


def test_another_producer_sees_none_of_it(visitor: Visit, shop: Shop, order: str) -> None:
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    other = visitor("producer", organisation_id=elsewhere)
    assert "没有未付的订单" in other.read("/producer/money")
    assert visitor("buyer", organisation_id=shop.buyer.id).get("/producer/money").status_code == 403


@pytest.fixture
def agreement(database: Database) -> tuple[World, str]:
    """An approved agreement with two households on its roster."""
    with transaction() as session:
        world = make_world(session)
        made = world.agreement()
        world.approved(made, world.version([(one, 1) for one in world.households(2)]))
        return world, made.number


def test_an_agreement_shows_how_many_households_and_never_which(
    visitor: Visit, agreement: tuple[World, str]
) -> None:
    world, number = agreement
    clerk = visitor("producer", organisation_id=world.producer.organisation_id)
    assert number in clerk.read("/producer/agreements")
    page = clerk.read(f"/producer/agreements/{number}")
    assert "少于3户" in page
    assert "已审定" in page
    assert personal(page) == []
    assert clerk.get("/producer/agreements/unknown").status_code == 404
