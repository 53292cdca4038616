"""The cart by supplier and its checkout on pages: changes in place, one order however often it is sent."""

from __future__ import annotations

from sqlalchemy import func, select

from marketplace.catalogue.service import prices
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.orders.models import SalesOrder
from tests.orders_world import DELIVER_TO, Shop
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of
from tests.web.buyers.conftest import Opened

WRITTEN = {f"deliver_to.{name}": text for name, text in DELIVER_TO.items()}


def put(buyer: Visitor, shop: Shop, place: int = 0, quantity: int = 2) -> None:
    answer = buyer.send(f"/goods/{shop.listings[place].id}", to="/cart/lines", quantity=str(quantity))
    assert answer.status_code == 303


def orders() -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(SalesOrder)) or 0


def test_a_cart_shows_its_supplier_sums_and_what_would_count(shop: Shop, buyer: Visitor) -> None:
    put(buyer, shop)
    put(buyer, shop, 1, 1)
    shown = text_of(buyer.read("/cart"))
    assert "白沙演示种养专业合作社" in shown
    assert "¥157.00" in shown
    assert "本单计入 演示预算单位" in shown


def test_a_line_is_changed_unticked_and_taken_out(shop: Shop, buyer: Visitor) -> None:
    put(buyer, shop)
    line = f"/cart/lines/{shop.listings[0].id}"
    assert "¥196.00" in text_of(buyer.follow(buyer.send("/cart", to=line, quantity="4", is_ticked="on")))
    buyer.send("/cart", to=line)  # the first form of the line: its tick
    assert "已选 0 行" in text_of(buyer.read("/cart"))
    assert "请先勾选要结算的商品" in text_of(buyer.follow(buyer.get("/cart/checkout")))
    assert "购物车是空的" in text_of(buyer.follow(buyer.send("/cart", to=f"{line}/removal")))


def test_a_changed_price_is_told_in_place_and_accepted(shop: Shop, buyer: Visitor) -> None:
    put(buyer, shop)
    with transaction() as session:
        prices.set_price(session, system_actor(), session.merge(shop.listings[0]), 5_200, "涨价")
    page = buyer.read("/cart")
    assert "由 ¥49.00 变为 ¥52.00" in text_of(page)
    assert "去结算" not in page
    accepted = buyer.send("/cart", to=f"/cart/lines/{shop.listings[0].id}", accepted_price_fen="52.00")
    assert "¥104.00" in text_of(buyer.follow(accepted))


def test_a_checkout_sent_twice_is_one_order_and_the_back_button_does_no_harm(
    shop: Shop, buyer: Visitor
) -> None:
    put(buyer, shop)
    typed = form_of(buyer.read("/cart/checkout")) | WRITTEN | {"payment_method": "prepaid"}
    answers = [buyer.client.post("/cart/checkout", data=typed, base_url=HTTPS) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    shown = text_of(buyer.follow(answers[0]))
    assert "按主体拆成 1 张订单" in shown
    assert "待确认" in shown
    changed = buyer.client.post("/cart/checkout", data=typed | {"contract_days": "5"}, base_url=HTTPS)
    assert changed.status_code in (409, 422)
    assert "这张表单已经提交过一次" in main_of(changed)
    assert orders() == 1


def test_a_refused_checkout_keeps_what_was_typed_and_says_it_at_the_field(shop: Shop, buyer: Visitor) -> None:
    put(buyer, shop)
    answer = buyer.send(
        "/cart/checkout", **(WRITTEN | {"deliver_to.telephone": "x<b>", "payment_method": "prepaid"})
    )
    page = main_of(answer)
    assert answer.status_code == 422
    assert "电话号码格式不正确" in page
    assert 'value="x&lt;b&gt;"' in page
    assert 'value="演示收货人"' in page
    assert orders() == 0


def test_others_see_neither_cart_nor_result(shop: Shop, buyer: Visitor, person: Opened) -> None:
    put(buyer, shop)
    placed = buyer.send("/cart/checkout", **WRITTEN, payment_method="prepaid").headers["Location"]
    assert person("buyer_finance").get("/cart").status_code == 403
    stranger = person("buyer", shop.seller_actor.organisation_id)
    assert stranger.get("/cart").status_code == 200
    assert stranger.get("/checkouts/NONE").status_code == 404
    assert buyer.get(placed).status_code == 200


def test_a_cart_is_read_in_few_statements(shop: Shop, buyer: Visitor) -> None:
    put(buyer, shop)
    with counted() as one:
        buyer.read("/cart")
    put(buyer, shop, 1)
    put(buyer, shop, 2)
    with counted() as three:
        buyer.read("/cart")
    assert len(three) == len(one)
