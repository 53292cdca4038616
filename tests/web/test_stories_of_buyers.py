"""A unit's people in real browsers: photos of what arrived broken, the move of an order, requests approved together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.photos import WEBP
from tests.support.walking import WAYS, Walk
from tests.web.test_stories_of_trade import bought, delivered

pytestmark = [pytest.mark.web, pytest.mark.timeout(300)]
Visit = Callable[..., Any]


@pytest.mark.parametrize(("size", "scripts"), WAYS)
def test_what_arrived_broken_is_rejected_with_photos_that_both_sides_open(
    visit: Visit, tmp_path: Path, size: str, scripts: bool
) -> None:
    buyer = Walk(visit("demo.buyer", "/search", size=size, scripts=scripts), scripts)
    number = bought(buyer)
    waiting = "/producer/orders?task=to_confirm"
    producer = Walk(visit("demo.producer", waiting, size=size, scripts=scripts), scripts)
    delivered(producer, number)
    photos = [tmp_path / "破损.webp", tmp_path / "短少.webp"]
    for one in photos:
        one.write_bytes(WEBP)
    buyer.open(f"/orders/{number}")
    buyer.fill(rejected__0__quantity="1", reason="一箱破损")
    buyer.page.set_input_files("#f-acceptance-photo_file_ids", photos)
    buyer.press("确认验收")
    assert "照片 2 验收" in buyer.words
    assert "拒收 1" in buyer.words
    producer.open(f"/producer/orders/{number}")
    link = producer.page.get_by_role("link", name="照片 1").get_attribute("href")
    looked = producer.page.request.get(link)
    assert (looked.headers["content-type"], looked.body()) == ("image/webp", WEBP)


def test_an_order_waits_for_two_more_words_and_stays_where_it_is_when_one_is_no(visit: Visit) -> None:
    buyer = Walk(visit("demo.buyer", "/", size="phone", scripts=False), has_scripts=False)
    assert "待我同意的更正 1" in buyer.words
    buyer.open("/reattributions?mine=to_consent")
    buyer.page.locator("tbody a").first.click()
    buyer.arrived()
    assert "下单时误选上级单位" in buyer.words
    move = buyer.page.url.rsplit("/", 1)[1]
    buyer.choose("同意")
    buyer.fill(opinion="属实,同意")
    buyer.press("提交意见")
    assert "我的意见" not in buyer.words
    finance = Walk(visit("demo.finance_supervisor", "/admin"), has_scripts=True)
    assert "待同意的订单归属更正" in finance.words
    finance.open("/admin/reattributions?mine=to_consent")
    finance.follow(move)
    finance.choose("不同意")
    finance.fill(opinion="年度已决算")
    finance.press("提交意见")
    assert "未获同意" in finance.words
    buyer.open(f"/reattributions/{move}")
    assert "年度已决算" in buyer.words


def test_requests_are_approved_together_and_what_was_withdrawn_meanwhile_is_named(visit: Visit) -> None:
    page = "/purchase-requests?mine=to_decide"
    reviewer = Walk(visit("demo.buyer_reviewer", page, size="phone", scripts=False), has_scripts=False)
    numbers = reviewer.page.locator("tbody a").all_inner_texts()[:2]
    for number in numbers:
        reviewer.page.get_by_label(f"选择 {number}").check()
    buyer = Walk(visit("demo.buyer", f"/purchase-requests/{numbers[0]}"), has_scripts=True)
    buyer.press("撤回")
    reviewer.press("同意勾选的申请")
    assert "1 项已同意,1 项未办理" in reviewer.words
    assert "该采购申请不在审批中" in reviewer.words
    reviewer.follow("继续审批")
    assert not set(numbers) & set(reviewer.page.locator("tbody a").all_inner_texts())
