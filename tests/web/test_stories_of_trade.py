"""A sale from search to evaluation in real browsers: an agency buys, its producer delivers, the agency accepts and evaluates.

At the width of a desk and of a phone, with scripts and without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.walking import WAYS, Walk

pytestmark = [pytest.mark.web, pytest.mark.timeout(300)]
Visit = Callable[..., Any]


def bought(buyer: Walk) -> str:
    """From the search to the order, paid after delivery; its number."""
    buyer.fill(q="梅县金柚")
    buyer.press("查询")
    buyer.follow("梅县金柚")
    assert "按协议受益的农户" in buyer.words
    buyer.fill(quantity="2")
    buyer.press("放入购物车")
    buyer.open("/cart")
    buyer.follow("去结算")
    if not buyer.page.locator("#f-deliver_to-area").is_visible():
        buyer.page.locator("summary", has_text="填写新地址").click()
    buyer.fill(deliver_to__area="440104", deliver_to__name="演示食堂", deliver_to__telephone="13800138000")
    buyer.fill(deliver_to__address="东风中路1号")
    buyer.page.select_option("#f-fund_source", index=1)
    buyer.choose("先货后款")
    buyer.press("提交订单")
    assert "已下单" in buyer.words
    buyer.page.locator("main .lines a").first.click()
    buyer.arrived()
    return str(buyer.page.url.rsplit("/", 1)[1])


def delivered(producer: Walk, number: str) -> None:
    """Confirm, ship and report the arrival, as a producer does on the phone."""
    producer.follow(number)
    producer.press("确认接单")
    producer.follow("发货")
    producer.fill(carrier="演示快递", tracking_no="YS0001")
    producer.press("确认发货")
    producer.press("登记送达")
    assert "已登记送达,等待采购单位验收" in producer.words


def accepted(buyer: Walk, number: str) -> None:
    """Accept the goods and evaluate them."""
    buyer.open(f"/orders/{number}")
    buyer.press("确认验收")
    buyer.choose("5 星")
    buyer.fill(comment="果大味甜<b>")
    buyer.press("提交评价")
    assert "评分 5 星 果大味甜<b>" in buyer.words


@pytest.mark.parametrize(("size", "scripts"), WAYS)
def test_an_agency_buys_the_producer_delivers_and_the_agency_accepts_and_evaluates(
    visit: Visit, size: str, scripts: bool
) -> None:
    buyer = Walk(visit("demo.buyer", "/search", size=size, scripts=scripts), scripts)
    number = bought(buyer)
    waiting = "/producer/orders?task=to_confirm"
    producer = Walk(visit("demo.producer", waiting, size=size, scripts=scripts), scripts)
    delivered(producer, number)
    accepted(buyer, number)
    buyer.open("/orders?state=evaluated")
    assert number in buyer.words
    producer.open(f"/producer/orders/{number}")
    assert "果大味甜<b>" in producer.words
