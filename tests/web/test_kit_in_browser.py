"""The frame of every page and the parts of the kit, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.pages import axe, is_wider_than_the_window
from tests.web.conftest import Site, opened, sign_in

pytestmark = pytest.mark.web
Visit = Callable[..., Any]


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("path", ["/styleguide", "/sign-in", "/", "/help", "/nowhere"])
def test_pages_for_everybody_have_no_serious_fault(visit: Visit, path: str, size: str) -> None:
    page = visit("", path, size=size)
    assert axe(page) == []
    assert not is_wider_than_the_window(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_at_each_field(
    visit: Visit, scripts: bool
) -> None:
    page = visit("", "/styleguide", scripts=scripts)
    page.fill("#f-name", "梅县<b>金柚</b>")
    page.fill("#f-price_fen", "十二元")
    page.fill("#f-quantity", "3")
    page.click("#sample button[type=submit]")
    assert page.input_value("#f-name") == "梅县<b>金柚</b>"
    assert page.input_value("#f-price_fen") == "十二元"
    assert page.text_content("#f-price_fen-error") == "应为整数"
    assert page.get_attribute("#f-price_fen", "aria-invalid") == "true"
    page.fill("#f-price_fen", "1,234.50")
    page.select_option("#f-kind", "own")
    page.click("#sample button[type=submit]")
    assert page.text_content(".flash[role=status]") == "已提交:梅县<b>金柚</b>"


def test_charts_are_drawn_with_scripts_and_read_as_tables_without(visit: Visit) -> None:
    drawn = visit("", "/styleguide")
    drawn.wait_for_selector(".chart svg")
    assert drawn.locator(".chart svg").count() == 3
    plain = visit("", "/styleguide", scripts=False)
    assert plain.locator(".chart svg").count() == 0
    plain.locator(".chart-table summary").first.click()
    assert "¥312,000.00" in (plain.locator(".chart-table").first.text_content() or "")


def test_who_opens_a_page_signs_in_and_comes_back_to_it(site: Site, chromium: Any) -> None:
    with opened(chromium, site) as context:
        page = context.new_page()
        page.goto("/inbox?unread=1")
        assert "/sign-in?next=" in page.url
        page.fill("#f-login", "demo.buyer")
        page.fill("#f-password", site.passwords["demo.buyer"])
        page.click("main button[type=submit]")
        page.wait_for_url("**/inbox?unread=1")


@pytest.mark.parametrize(
    ("login", "start"),
    [("demo.buyer", "/"), ("demo.producer", "/producer"), ("demo.county_officer", "/admin")],
)
def test_each_role_is_led_to_its_own_start_and_out_again(
    site: Site, chromium: Any, login: str, start: str
) -> None:
    with opened(chromium, site) as context:
        page = context.new_page()
        sign_in(page, login, site.passwords[login])
        assert page.url == site.url + start
        page.click("details.menu summary")
        page.click("text=退出登录")
        assert "已退出登录" in (page.text_content("main") or "")
        page.goto("/inbox")
        assert "/sign-in" in page.url


def test_a_wrong_password_is_said_on_the_form_and_the_name_stays(visit: Visit) -> None:
    page = visit("", "/sign-in")
    page.fill("#f-login", "demo.nobody")
    page.fill("#f-password", "wrong")
    page.click("main button[type=submit]")
    assert "登录名或密码错误" in (page.text_content("[role=alert]") or "")
    assert (page.input_value("#f-login"), page.input_value("#f-password")) == ("demo.nobody", "")


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("path", ["/inbox", "/password", "/roles"])
def test_pages_of_the_account_have_no_serious_fault(visit: Visit, path: str, size: str) -> None:
    page = visit("demo.county_officer", path, size=size)
    assert axe(page) == []
    assert not is_wider_than_the_window(page)
