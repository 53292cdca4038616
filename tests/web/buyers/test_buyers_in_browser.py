"""A clerk buys in a real browser: gifts by a list, three quotes, limits and addresses, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import axe, is_wider_than_the_window

pytestmark = pytest.mark.web
MAIN = (
    "/payments",
    "/payments/overdue",
    "/balances",
    "/declared-payers",
    "/invoices",
    "/invoice-requests",
    "/invoice-requests/new",
    "/price-inquiries",
    "/price-inquiries/new?q=柚",
    "/gift-orders",
    "/gift-orders/new",
    "/unit",
    "/delivery-addresses/new",
    "/favourites",
    "/approval-rules",
    "/approval-delegations",
    "/purchase-requests?mine=to_decide",
    "/reattributions",
)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_pages_of_buyers_fit_the_window_and_have_no_serious_issue(
    visit: Callable[..., Any], size: str
) -> None:
    page = visit("demo.buyer", MAIN[0], size=size)
    wrong = []
    for path in MAIN:
        page.goto(path)
        wrong += [(path, issue) for issue in axe(page)]
        if is_wider_than_the_window(page):
            wrong.append((path, "wider than the window"))
    assert wrong == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_clerk_sends_gifts_to_the_people_of_a_list(
    visit: Callable[..., Any], tmp_path: Path, scripts: bool
) -> None:
    from playwright.sync_api import expect

    page = visit("demo.buyer", "/search?in_stock=1&channel_kind=zone", scripts=scripts)
    page.locator(".card h3 a").first.click()
    page.click("main form.form button[type=submit]")
    page.goto("/gift-orders/new")
    people = tmp_path / "名单.csv"
    people.write_text("姓名,电话,区划,地址,商品1\n王演示,13800138001,440104,演示路1号,2\n", encoding="utf-8")
    page.set_input_files("#f-file", people)
    page.click("main form.form button[type=submit]")
    page.locator("main").get_by_text("共 1 位收件人").wait_for()
    assert "王演示" not in page.content()
    for name, text in (
        ("name", "演示收货人"),
        ("telephone", "020-83330000"),
        ("area", "440104"),
        ("address", "演示路1号"),
    ):
        page.fill(f"#f-deliver_to-{name}", text)
    page.click("main form.form button[type=submit]")
    page.wait_for_url("**/checkouts/*")
    page.locator(".lines.panel a").first.click()
    page.get_by_role("link", name="分寄的包裹").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "138****8001" in page.content()


def test_a_clerk_asks_three_suppliers_for_quotes(visit: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    page = visit("demo.buyer", "/price-inquiries/new?q=演示")
    for box in page.locator("input[name=with][type=checkbox]").all()[:3]:
        box.check()
    page.get_by_role("button", name="加入询价").click()
    expect(page.locator("input[name=supplier_ids]:checked")).to_have_count(3)
    page.fill("#f-title", "食堂水果")
    page.fill("#f-items-0-name", "金柚")
    page.fill("#f-items-0-unit", "箱")
    page.fill("#f-items-0-quantity", "100")
    page.get_by_role("button", name="发出询价").click()
    page.get_by_text("报价密封中").wait_for()
    assert axe(page) == []
