"""Freight: the seller's until the contract is out; worth and tax of the order follow, what counts does not."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.catalogue.models import StockItem
from marketplace.core import files
from marketplace.core.clock import frozen_at
from marketplace.core.errors import Conflict, Forbidden, Invalid
from marketplace.core.money import MAX_FEN
from marketplace.orders import service
from marketplace.orders.models import SalesOrder
from marketplace.orders.service import Part, Rejected, set_freight
from marketplace.payments.service.books import balance
from marketplace.payments.service.checks import open_amount_differences
from tests.orders_world import NOON, Heard, Shop
from tests.support.contracts import drafted, register, sent, signed


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    files.install(tmp_path)


@pytest.fixture
def order(shop: Shop) -> SalesOrder:
    register(shop)
    return shop.place([2], payment_method="after_delivery")


def amounts(order: SalesOrder) -> tuple[int, int, int]:
    return order.total_fen, order.freight_fen, order.tax_fen


def test_freight_adds_to_the_total_and_is_taxed_as_the_goods(shop: Shop, order: SalesOrder) -> None:
    assert amounts(order) == (9_800, 0, 809)
    set_freight(shop.session, shop.seller_actor, order.number, 1_090)
    assert amounts(order) == (10_890, 1_090, 809 + 90)
    assert service.due_fen(order) == 10_890
    assert balance(shop.session, "buyer_receivable", order_id=order.id) == 10_890
    assert balance(shop.session, "producer_payable", order_id=order.id) == 10_890
    set_freight(shop.session, shop.seller_actor, order.number, 90)
    assert amounts(order) == (9_890, 90, 809 + 7)
    set_freight(shop.session, shop.seller_actor, order.number, 0)
    assert amounts(order) == (9_800, 0, 809)
    assert balance(shop.session, "buyer_receivable", order_id=order.id) == 9_800
    assert open_amount_differences(shop.session) == []


def test_the_same_freight_again_changes_nothing(shop: Shop, order: SalesOrder) -> None:
    set_freight(shop.session, shop.seller_actor, order.number, 500)
    version = order.row_version
    set_freight(shop.session, shop.seller_actor, order.number, 500)
    assert (order.row_version, order.total_fen) == (version, 10_300)


def test_what_counts_is_the_goods_only(shop: Shop, heard: Heard) -> None:
    order = shop.place([2])
    set_freight(shop.session, shop.seller_actor, order.number, 1_000)
    shop.pay(order)
    assert order.paid_fen == 10_800
    shop.deliver(order)
    service.accept(shop.session, shop.buyer_actor, order.number)
    service.evaluate(shop.session, shop.buyer_actor, order.number, stars=5)
    assert [line.sale_fen for fact in heard.counted for line in fact.lines] == [9_800]


def test_only_the_seller_sets_it(shop: Shop, order: SalesOrder) -> None:
    with pytest.raises(Forbidden):
        set_freight(shop.session, shop.buyer_actor, order.number, 100)
    with pytest.raises(Invalid):
        set_freight(shop.session, shop.seller_actor, order.number, MAX_FEN)
    assert amounts(service.lock_order(shop.session, order.number)) == (9_800, 0, 809)


def test_a_draft_that_stated_another_freight_becomes_void(shop: Shop, order: SalesOrder) -> None:
    contract = drafted(shop, order)
    set_freight(shop.session, shop.seller_actor, order.number, 300)
    assert (contract.state, contract.void_reason) == ("void", "freight_changed")
    assert drafted(shop, order).content["freight_fen"] == 300


def test_once_the_contract_is_out_or_signed_it_stays(shop: Shop, order: SalesOrder) -> None:
    contract = sent(shop, order)
    with pytest.raises(Conflict) as refused:
        set_freight(shop.session, shop.seller_actor, order.number, 100)
    assert (refused.value.code, refused.value.extra["state"]) == ("contract_out", "sent")
    service.contracts.void(shop.session, shop.seller_actor, contract.number, "改运费")
    set_freight(shop.session, shop.seller_actor, order.number, 100)
    signed(shop, order)
    with pytest.raises(Conflict) as refused:
        set_freight(shop.session, shop.seller_actor, order.number, 200)
    assert (refused.value.code, refused.value.extra["state"]) == ("contract_out", "signed")
    assert amounts(service.lock_order(shop.session, order.number)) == (9_900, 100, 817)


def test_not_after_money_invoice_shipment_or_cancellation(shop: Shop, order: SalesOrder) -> None:
    def refusal(one: SalesOrder) -> str:
        with pytest.raises(Conflict) as refused:
            set_freight(shop.session, shop.seller_actor, one.number, 100)
        return refused.value.code

    shop.pay(order, 1_000)
    assert refusal(order) == "already_paid"
    invoiced = shop.place([1], payment_method="after_delivery")
    service.mark_invoiced(
        shop.session,
        invoiced,
        number="I-1",
        blue_fen=invoiced.total_fen,
        at=invoiced.placed_at,
        actor=shop.seller_actor,
    )
    assert refusal(invoiced) == "already_invoiced"
    shipped = shop.place([1], payment_method="after_delivery")
    service.confirm(shop.session, shop.seller_actor, shipped.number)
    service.ship(shop.session, shop.seller_actor, shipped.number)
    assert refusal(shipped) == "already_shipped"
    cancelled = shop.place([1])
    service.cancel(shop.session, shop.buyer_actor, cancelled.number, "不要了")
    assert refusal(cancelled) == "already_shipped"


def test_freight_falls_off_with_an_order_that_is_called_off(shop: Shop) -> None:
    unpaid, paid = shop.place([1]), shop.place([1])
    for order in (unpaid, paid):
        set_freight(shop.session, shop.seller_actor, order.number, 500)
    shop.pay(paid)
    for order in (unpaid, paid):
        service.cancel(shop.session, shop.buyer_actor, order.number, "不要了")
    assert (unpaid.deducted_fen, unpaid.payment_state) == (5_400, "void")
    assert (paid.deducted_fen, paid.owed_back_fen) == (5_400, 5_400)
    assert open_amount_differences(shop.session) == []


def test_freight_falls_off_when_everything_is_refused_and_stays_when_accepted_goods_go_back(
    shop: Shop, order: SalesOrder
) -> None:
    set_freight(shop.session, shop.seller_actor, order.number, 500)
    shop.deliver(order)
    service.accept(shop.session, shop.buyer_actor, order.number, Rejected([Part(1, 2)], "变质"))
    assert (order.deducted_fen, order.payment_state) == (10_300, "void")
    kept = shop.place([2], payment_method="after_delivery")
    set_freight(shop.session, shop.seller_actor, kept.number, 500)
    shop.deliver(kept)
    service.accept(shop.session, shop.buyer_actor, kept.number, Rejected([Part(1, 1)], "破损"))
    shop.returned(kept, 1, 1)
    assert (kept.deducted_fen, service.due_fen(kept)) == (9_800, 500)
    assert open_amount_differences(shop.session) == []


def test_a_prepaid_order_that_nobody_paid_in_time_gives_back_stock_freight_and_contract(shop: Shop) -> None:
    register(shop)
    order = shop.place([2])
    set_freight(shop.session, shop.seller_actor, order.number, 500)
    contract = sent(shop, order)
    service.extend_deadline(shop.session, shop.buyer_actor, order.number)
    assert order.due_on == date(2020, 11, 15)
    with frozen_at(NOON + timedelta(days=45)):
        assert service.cancel_unpaid(shop.session) == 0
    with frozen_at(NOON + timedelta(days=46)):
        assert service.cancel_unpaid(shop.session) == 1
    stock = shop.session.execute(
        select(StockItem.on_hand, StockItem.reserved).where(StockItem.id == shop.listings[0].stock_item_id)
    ).one()
    assert tuple(stock) == (100, 0)
    assert (order.state, order.payment_state, contract.state) == ("cancelled", "void", "void")
    assert balance(shop.session, "buyer_receivable", order_id=order.id) == 0
