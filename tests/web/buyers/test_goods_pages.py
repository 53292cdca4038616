"""Results of search and the page of a listing, for everybody; who buys puts it into the cart from there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.core.clock import frozen_at
from tests.catalogue_world import NOON
from tests.orders_world import Shop
from tests.support.searching import Goods, put_on_sale, sync_all
from tests.support.visitors import HTTPS, Visitor, form_of, text_of
from tests.web.buyers.conftest import Opened


@pytest.fixture
def anybody(app: Flask, database: object) -> Iterator[Visitor]:
    with frozen_at(NOON):
        yield Visitor(app)


@pytest.fixture
def pomelo(anybody: Visitor) -> Goods:
    found = put_on_sale("金柚<b>", 4_900, certified=True)
    put_on_sale("红心火龙果", 9_900)
    sync_all()
    return found


def test_results_name_price_by_weight_and_certified_goods(anybody: Visitor, pomelo: Goods) -> None:
    page = anybody.read("/search?q=金柚")
    shown = text_of(page)
    assert f'href="/goods/{pomelo.listing_id}"' in page
    assert "<b>" not in page
    assert "¥49.00 /箱" in shown
    assert "¥9.80/500克" in shown
    assert "认定产品" in shown


def test_a_facet_is_an_address_and_a_chip_takes_it_off(anybody: Visitor, pomelo: Goods) -> None:
    page = anybody.read("/search?origin=469025&price_from_fen=5&price_to_fen=9.99")
    assert 'class="chosen"' in page
    assert 'href="/search?price_from_fen=5&amp;price_to_fen=9.99"' in page
    assert str(pomelo.listing_id) in page
    assert "红心火龙果" not in page
    assert "每500克 5 元起" in text_of(page)
    assert "没有符合条件的产品" in text_of(anybody.read("/search?origin=440100"))


def test_a_filter_that_is_none_is_said_and_left_out(anybody: Visitor, pomelo: Goods) -> None:
    page = anybody.read("/search?sort=random&channel_kind=nowhere&more=1")
    assert "不是已知的代码" in page
    assert str(pomelo.listing_id) in page


def test_results_come_as_a_part_of_the_page_for_htmx_and_words_are_suggested(
    anybody: Visitor, pomelo: Goods
) -> None:
    part = anybody.get("/search?page_size=1", **{"HX-Request": "true"}).get_data(as_text=True)
    assert part.strip().startswith('<div id="results"')
    assert "cursor=" in part
    assert '<option value="金柚' in anybody.get("/search/suggestions?q=jin").get_data(as_text=True)
    assert anybody.get("/search/suggestions").status_code == 200


def test_the_page_of_goods_shows_certificate_producer_and_prices(anybody: Visitor, pomelo: Goods) -> None:
    page = anybody.read(f"/goods/{pomelo.listing_id}")
    shown = text_of(page)
    for text in (
        "469025-2020-01-",
        "2020-09-12 – 2022-09-11",
        "白沙演示种养专业合作社",
        "¥49.00",
        "登录后购买",
    ):
        assert text in shown, text
    assert "红心火龙果" in shown  # of the same county
    assert "今天没有生效的联农带农协议" in shown
    assert anybody.get(f"/goods/{pomelo.product_id}").status_code == 404


def test_who_buys_puts_goods_into_the_cart_once_though_it_is_sent_twice(shop: Shop, buyer: Visitor) -> None:
    path = f"/goods/{shop.listings[0].id}"
    typed = form_of(buyer.read(path), "/cart/lines") | {"quantity": "3"}
    for _ in range(2):
        answer = buyer.client.post("/cart/lines", data=typed, base_url=HTTPS)
        assert answer.status_code == 303
    assert "已放入购物车" in buyer.get(path).get_data(as_text=True)
    wrong = buyer.send(path, to="/cart/lines", quantity="0")
    assert wrong.status_code == 303


def test_who_only_reads_orders_is_told_that_the_role_does_not_buy(shop: Shop, person: Opened) -> None:
    page = person("buyer_finance").read(f"/goods/{shop.listings[0].id}")
    assert "您现在的角色不能下单" in page
    assert 'action="/cart/lines"' not in page
