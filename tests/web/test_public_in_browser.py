"""A citizen reads the catalogue, checks a certificate, objects to a notice and sees the receipt: with scripts and without."""

from collections.abc import Callable
from typing import Any

import pytest

from marketplace.core import db
from tests.support.certification import County
from tests.support.pages import axe, is_wider_than_the_window
from tests.support.photos import JPEG
from tests.web.conftest import Site

pytestmark = pytest.mark.web
Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def hung(site: Site) -> str:
    """The number of a notice that hangs from today on."""
    db.connect(site.database)
    with db.transaction() as session:
        county = County(session)
        application = county.carried("county_proposed")
        return county.hang(application).number


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize(
    "path", ["/certified", "/notices", "/certificates?number=x", "/bulletins", "/objections?receipt_no=x"]
)
def test_pages_for_everybody_have_no_serious_fault(visit: Visit, path: str, size: str) -> None:
    page = visit("", path, size=size)
    assert axe(page) == []
    assert not is_wider_than_the_window(page)


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("lists", ["/certified", "/notices", "/bulletins"])
def test_one_of_each_list_has_no_serious_fault(visit: Visit, lists: str, size: str) -> None:
    page = visit("", lists, size=size)
    page.locator("tbody th a").first.click()
    page.wait_for_load_state()
    assert axe(page) == []
    assert not is_wider_than_the_window(page)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_certificate_is_checked_by_its_number_and_traced_by_its_code(visit: Visit, size: str) -> None:
    page = visit("", "/certified", size=size)
    number = page.locator("[data-label=目录编号]").first.text_content().strip()
    page.goto("/certificates")
    page.fill("#q-number", number)
    page.click("main button[type=submit]")
    page.click("text=查看证书")
    page.click("text=打开溯源页")
    assert number in page.text_content("main")
    assert axe(page) == []
    assert not is_wider_than_the_window(page)


@pytest.mark.parametrize(("size", "scripts"), [("desk", True), ("phone", True), ("phone", False)])
def test_a_citizen_objects_and_reads_the_receipt(visit: Visit, hung: str, size: str, scripts: bool) -> None:
    page = visit("", f"/notices/{hung}", size=size, scripts=scripts)
    page.locator("a:has-text('提出异议')").last.click()
    page.fill("#f-text", "用工名单与实际不符")
    page.set_input_files("#f-photos", {"name": "车间.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    assert not is_wider_than_the_window(page)
    if scripts:
        assert axe(page) == []
    page.click("main button[type=submit]")
    assert "异议已提交" in page.text_content(".flash")
    receipt = page.text_content(".receipt").strip()
    page.goto("/objections")
    page.fill("#q-receipt_no", receipt.lower())
    page.click("main button[type=submit]")
    assert "受理单位核查中" in page.text_content("main")
