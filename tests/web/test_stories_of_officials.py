"""Officials in real browsers: three offices review an application, a month is closed, and three persons publish its figures.

At the width of a desk and of a phone, with scripts and without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from marketplace.core import db
from tests.support.certification import County
from tests.support.pages import is_wider_than_the_window
from tests.support.walking import WAYS, Walk
from tests.web.conftest import Site

pytestmark = [pytest.mark.web, pytest.mark.timeout(300)]
Visit = Callable[..., Any]


@pytest.fixture
def applied(site: Site) -> str:
    """The number of an application that was handed in today."""
    db.connect(site.database)
    with db.transaction() as session:
        return County(session, area="441403").submitted().number


@pytest.mark.parametrize(("size", "scripts"), WAYS)
def test_an_application_goes_from_the_township_over_its_trade_to_the_county_and_waits_for_its_notice(
    visit: Visit, applied: str, size: str, scripts: bool
) -> None:
    for login, opinion in (
        ("demo.township_reviewer", "材料齐全,情况属实"),
        ("demo.sector_reviewer", "质量和价格符合要求"),
        ("demo.county_officer", "拟认定,提请公示"),
    ):
        official = Walk(visit(login, "/admin", size=size, scripts=scripts), scripts)
        assert "待我审核的申报" in official.words
        official.open("/admin/reviews")
        official.follow(applied)
        official.choose("通过")
        official.fill(opinion=opinion)
        official.press("提交意见")
        assert f"申报 {applied}:通过" in official.words
    official.open(f"/admin/reviews/{applied}")
    assert "县级拟认定" in official.words
    official.open("/admin/notices/new")
    assert applied in official.words


def closed(visit: Visit, size: str, scripts: bool) -> str:
    """Close the next month; which it was."""
    ledger = Walk(visit("demo.ledger_officer", "/admin/months", size=size, scripts=scripts), scripts)
    period = ledger.page.locator("h2", has_text="下一个月份").text_content().split()[-1]
    ledger.page.locator("summary", has_text="关账").first.click()
    ledger.press("确认关账")
    assert f"{period} 已关账" in ledger.words
    return str(period)


@pytest.mark.parametrize(("size", "scripts"), WAYS)
def test_a_month_is_closed_and_three_persons_publish_its_figures_for_everybody(
    visit: Visit, size: str, scripts: bool
) -> None:
    period = closed(visit, size, scripts)
    title = f"{period} 消费扶贫工作动态"
    drafter = Walk(visit("demo.statistician", "/admin/bulletins/new", size=size, scripts=scripts), scripts)
    drafter.page.select_option("#f-report", "R1")
    drafter.fill(period=period, area_code="440000", title=title, supplied_by="统计处")
    drafter.fill(main_to__0="各地级以上市")
    drafter.choose("主动公开")
    drafter.press("拟稿")
    address = drafter.page.url
    for login, step in (("demo.province_officer", "审核"), ("demo.province_issuer", "签发")):
        official = Walk(visit(login, address, size=size, scripts=scripts), scripts)
        official.choose("同意")
        official.fill(opinion="同意")
        official.press("提交意见")
        assert f"已记录{step}意见" in official.words
    assert "按账本重算,逐字节相同" in official.words
    citizen = Walk(visit("", "/bulletins", size=size, scripts=scripts), scripts)
    citizen.follow(title)
    assert title in citizen.words


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_way_down_from_a_figure_ends_at_an_order_and_its_photos(visit: Visit, size: str) -> None:
    page = visit("demo.city_officer", "/admin/statistics/entries", size=size, scripts=False)
    page.locator("main a[href^='/admin/orders/']").first.click()
    assert "办理过程" in page.text_content("main")
    assert page.text_content("nav[aria-label='当前位置']").strip().startswith("待办")
    assert not is_wider_than_the_window(page)
