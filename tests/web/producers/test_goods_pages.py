"""Goods on the producer's pages: products, offers, prices with their reasons, stock, listings, files of products."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from sqlalchemy import select

from marketplace.catalogue.models import Listing, Offer, StockItem
from marketplace.core.db import transaction
from marketplace.producers.models import Product, ProductImport
from tests.orders_world import Shop
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of

Visit = Callable[..., Visitor]


@pytest.fixture
def listing(shop: Shop) -> Listing:
    return shop.listings[0]


def last(model: type) -> object:
    with transaction() as session:
        return session.scalars(select(model).order_by(model.id.desc())).first()  # type: ignore[attr-defined]


PRODUCT = {
    "category_code": "010304", "origin_area": "469025",
    "name": "<i>蜂蜜</i>", "spec": "500g/瓶", "unit": "瓶", "net_weight_g": "500",
    "commodity_value_fen": "12,000.50",
}  # fmt: skip


def test_a_product_is_registered_offered_stocked_and_put_up_for_sale(seller: Visitor, shop: Shop) -> None:
    page = seller.follow(seller.send("/producer/goods/new", **PRODUCT))
    assert "&lt;i&gt;蜂蜜&lt;/i&gt;" in page
    assert "¥12,000.50" in page
    with transaction() as session:
        product = session.scalars(select(Product).where(Product.name == "<i>蜂蜜</i>")).one().id
    page = seller.follow(seller.send(f"/producer/goods/{product}/offers/new", price_fen="39.9"))
    assert "¥39.90" in page
    with transaction() as session:
        offer = session.scalars(select(Offer).where(Offer.product_id == product)).one().id
    seller.follow(seller.send(f"/producer/offers/{offer}/stock", kind="intake", quantity="30", channel_id=""))
    page = seller.follow(
        seller.send(f"/producer/offers/{offer}/listings/new", channel_id=str(shop.listings[0].channel_id))
    )
    assert "在售" in page
    assert "可售 30" in text_of(page)


def test_a_product_without_a_name_comes_back_with_what_was_typed(seller: Visitor) -> None:
    answer = seller.send("/producer/goods/new", **PRODUCT | {"name": ""})
    assert answer.status_code == 422
    assert 'id="f-name-error"' in main_of(answer)
    assert 'value="12,000.50"' in main_of(answer)


def test_two_tabs_that_edit_a_product_show_both_versions(seller: Visitor, listing: Listing) -> None:
    path = f"/producer/goods/{listing.product_id}/edit"
    old = form_of(seller.read(path))
    typed = {"name": "甲", "spec": "5斤/箱", "unit": "箱", "tax_treatment": "rate_9"}
    seller.follow(seller.send(path, **typed))
    refused = seller.client.post(path, data=old | typed | {"name": "乙"}, base_url=HTTPS)
    assert refused.status_code == 412
    assert "现在是:甲" in text_of(main_of(refused))
    assert 'value="乙"' in main_of(refused)


def test_a_price_changes_with_its_reason_and_stands_in_the_history(seller: Visitor, listing: Listing) -> None:
    path = f"/producer/shelves/{listing.id}"
    page = seller.follow(seller.send(path, to=f"{path}/price", price_fen="52", reason="包装涨价"))
    assert "包装涨价" in page
    assert "¥49.00" in page
    refused = seller.send(path, to=f"{path}/price", price_fen="0")
    assert refused.status_code == 422
    assert 'id="f-price_fen-error"' in main_of(refused)


def test_a_listing_is_paused_and_resumed(seller: Visitor, listing: Listing) -> None:
    path = f"/producer/shelves/{listing.id}"
    for state in ("paused", "listed"):
        answer = seller.send(path, to=f"{path}/state", state=state)
        assert answer.status_code == 303
        with transaction() as session:
            assert session.get_one(Listing, listing.id).state == state


def test_few_units_are_seen_at_the_start(seller: Visitor, listing: Listing) -> None:
    assert "库存不足 0" in text_of(seller.read("/producer"))
    with transaction() as session:
        session.get_one(StockItem, listing.stock_item_id).on_hand = 9
    assert "库存不足 1" in text_of(seller.read("/producer"))
    assert str(listing.id) in seller.read("/producer/shelves?few=1")


def test_a_correction_of_stock_says_why(seller: Visitor, listing: Listing) -> None:
    path = f"/producer/offers/{listing.offer_id}/stock"
    answer = seller.send(path, kind="adjust", quantity="-1", channel_id="")
    assert answer.status_code == 422
    assert 'id="f-reason-error"' in main_of(answer)


def test_a_list_of_products_is_looked_through_before_it_is_taken_in(seller: Visitor) -> None:
    missing = seller.send("/producer/imports/new")
    assert missing.status_code == 422
    answer = seller.send(
        "/producer/imports/new", dry_run="on", file=(io.BytesIO("产品名称\n蜂蜜\n".encode()), "产品.csv")
    )
    assert "正在核对" in seller.follow(answer)
    with transaction() as session:
        kept = session.scalars(select(ProductImport)).one()
        kept.state, kept.rows_read = "refused", 1
        kept.errors = [{"row": 2, "column": "品类", "code": "missing", "message_zh": "没有填写"}]
        path = f"/producer/imports/{kept.id}"
    assert "2 品类 没有填写" in text_of(seller.read(path))


def test_another_producer_may_not_touch_them(visitor: Visit, shop: Shop, listing: Listing) -> None:
    with transaction() as session:
        shop.world.session = session
        elsewhere = shop.world.producer(name="别家合作社").organisation_id
    other = visitor("producer", organisation_id=elsewhere)
    assert other.get(f"/producer/shelves/{listing.id}").status_code == 404
    assert other.get(f"/producer/goods/{listing.product_id}").status_code == 404
    assert other.get(f"/producer/offers/{listing.offer_id}").status_code == 404
    finance = visitor("producer_finance", organisation_id=shop.seller_actor.organisation_id)
    assert finance.get("/producer/goods").status_code == 403
    assert "商品" in seller_files(visitor, shop)


def seller_files(visitor: Visit, shop: Shop) -> str:
    """The lists as files."""
    seller = visitor("producer", organisation_id=shop.seller_actor.organisation_id)
    assert "百香果" in seller.get("/producer/goods?format=csv").get_data(as_text=True)
    return str(seller.get("/producer/shelves?format=csv").get_data(as_text=True))
