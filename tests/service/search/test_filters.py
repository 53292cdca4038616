"""Filters and facets: conditions on a product, and on one and the same listing of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text as sql

from marketplace.core.db import transaction
from tests.catalogue_world import World
from tests.support import searching
from tests.support.households import helped_product
from tests.support.searching import ask, names, put_on_sale, sync_all

pytestmark = pytest.mark.usefixtures("database")


def test_filters_on_channel_price_and_stock_match_one_and_the_same_listing() -> None:
    goods = put_on_sale("绿茶", 5_000, units=0, net_weight_g=500, category_code="030101")
    with transaction() as session:
        world = World(session)
        counter = world.channel("counter")
        offer = world.offer(searching.product(session, goods), 9_000)
        second = world.listing(counter, offer, 5)
        counter_id, second_id = counter.id, second.id
    sync_all()

    def best(**listing: Any) -> list[Any]:
        return [item["listing"]["id"] for item in ask("绿茶", listing=listing).items]

    hall_id, first = goods.channel_id, goods.listing_id
    assert best() == [second_id]  # in stock comes first
    assert best(channel_id=hall_id) == [first]
    assert best(channel_id=counter_id) == [second_id]
    assert best(channel_id=hall_id, in_stock=True) == []
    assert best(channel_id=counter_id, price_per_500g_to_fen=6_000) == []
    assert best(price_per_500g_to_fen=6_000) == [first]
    assert best(price_per_500g_to_fen=6_000, in_stock=True) == []
    assert best(price_per_500g_from_fen=9_000, in_stock=True, channel_kind="counter") == [second_id]
    assert best(channel_kind="hall_online", in_stock=False) == [first]


def test_the_best_listing_is_in_stock_then_aid_then_cheap() -> None:
    goods = put_on_sale("百香果", 5_000, certified=True, units=5)
    sync_all()
    [item] = ask("百香果").items
    assert (item["listing"]["id"], item["listing"]["goods_class"]) == (goods.listing_id, "certified_aid")
    with transaction() as session:
        world = World(session)
        cheaper = world.listing(world.channel(), world.offer(searching.product(session, goods), 4_000), 5)
        dearer = world.listing(world.channel(), world.offer(searching.product(session, goods), 6_000), 5)
        cheaper_id, dearer_id = cheaper.id, dearer.id
    sync_all()
    assert ask("百香果").items[0]["listing"]["id"] == cheaper_id
    with transaction() as session:
        session.execute(
            sql(
                "UPDATE search.document_listing SET goods_class = 'ordinary', aid_until = NULL WHERE listing_id <> :id"
            ),
            {"id": dearer_id},
        )
    assert ask("百香果").items[0]["listing"]["id"] == dearer_id
    assert ask("百香果", sort="price").items[0]["listing"]["id"] == cheaper_id


def market() -> None:
    put_on_sale(
        "绿茶甲",
        2_000,
        certified=True,
        category_code="030101",
        quality_marks=["organic_product"],
        net_weight_g=500,
    )
    put_on_sale("绿茶乙", 4_000, category_code="030101", kind="counter", units=0, net_weight_g=500)
    put_on_sale("百香果", 700, category_code="010304", origin_area="440106", net_weight_g=500)
    helped_product(4)
    sync_all()


@pytest.mark.parametrize(
    ("filters", "listing", "expected"),
    [
        ({"category": "03"}, {}, "绿茶乙 绿茶甲"),
        ({"category": "0103"}, {}, "百香果"),
        ({"category": "010101"}, {}, "金柚"),
        ({"origin": "440000"}, {}, "百香果 金柚"),
        ({"origin": "441400"}, {}, "金柚"),
        ({"origin": "000000"}, {}, "百香果 绿茶乙 绿茶甲 金柚"),
        ({"mark": "organic_product"}, {}, "绿茶甲"),
        ({"scheme": "national_2020"}, {}, "绿茶甲"),
        ({"mode": "sales_rebate"}, {}, "金柚"),
        ({}, {"is_aid": True}, "绿茶甲"),
        ({}, {"is_aid": False}, "百香果 绿茶乙 金柚"),
        ({}, {"channel_kind": "counter"}, "绿茶乙"),
        ({}, {"in_stock": False}, "绿茶乙"),
        ({}, {"price_per_500g_from_fen": 701, "price_per_500g_to_fen": 2_000}, "绿茶甲 金柚"),
        ({"category": "03", "mark": "organic_product"}, {"in_stock": False}, ""),
    ],
)
def test_every_filter_keeps_what_satisfies_it(
    filters: dict[str, Any], listing: dict[str, Any], expected: str
) -> None:
    market()
    assert " ".join(sorted(names(ask("", listing=listing, **filters)))) == expected
    assert ask("", listing=listing, **filters).total == len(expected.split())


def test_facets_count_products_and_leave_their_own_filter_out() -> None:
    market()
    found = ask("绿茶", facets=FACETS, listing={"in_stock": True}, category="0301").facets
    assert found["stock"] == (("no", 1), ("yes", 1))
    assert found["category"] == (("03", 1),)
    assert found["channel_kind"] == (("hall_online", 1),)
    assert found["goods_class"] == (("certified_aid", 1),)
    assert (found["mark"], found["scheme"], found["mode"]) == (
        (("organic_product", 1),),
        (("national_2020", 1),),
        (),
    )
    assert found["price"] == (("2000-5000", 1),)
    everything = ask("", facets=("category", "origin", "mode", "goods_class", "price")).facets
    assert everything["category"] == (("01", 2), ("03", 2))
    assert everything["origin"] == (("440000", 2), ("460000", 2))
    assert everything["mode"] == (("sales_rebate", 1),)
    assert everything["goods_class"] == (("area_produce", 2), ("certified_aid", 1), ("ordinary", 1))
    assert everything["price"] == (("2000-5000", 2), ("500-1000", 2))


FACETS = ("category", "stock", "channel_kind", "goods_class", "mark", "scheme", "mode", "price")
