"""Freight is money, not sales: with the real ledger the books foot, and the bridge says where the freight is."""

from __future__ import annotations

from marketplace.app import compose
from marketplace.orders import service as orders
from marketplace.orders.service import set_freight
from marketplace.statistics.query import Question, ask
from marketplace.statistics.reconciliation import reconcile
from tests.orders_world import Shop


def test_an_order_with_freight_counts_its_goods_and_the_bridge_takes_the_freight_off(shop: Shop) -> None:
    compose()  # the ledger hears of it
    order = shop.place([2])
    set_freight(shop.session, shop.seller_actor, order.number, 1_000)
    shop.pay(order)
    shop.deliver(order)
    orders.accept(shop.session, shop.buyer_actor, order.number)
    orders.evaluate(shop.session, shop.buyer_actor, order.number, stars=5)
    [row] = ask(shop.session, Question(measures=("sales",), by=("channel_kind",))).rows
    assert row.figures["sales"] == 9_800
    found = reconcile(shop.session)
    assert found.foots
    assert [(line.title_zh, line.amount_fen) for line in found.bridge if line.amount_fen] == [
        ("收到货款(已扣除退回)", 10_800),
        ("减:已计入订单中未计入的款项(拒收待退、运费)", -1_000),
        ("计入销售额", 9_800),
    ]
