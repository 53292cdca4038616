"""Declarations on pages: three persons, a zero report, silence in rate and register; a month's total and its county's word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Organisation
from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.statistics.declarations.models import Declaration
from marketplace.statistics.declarations.units import NewUnit, register_unit
from marketplace.statistics.upward import link
from marketplace.statistics.upward.link import Upper
from marketplace.statistics.upward.models import MonthTotal
from tests.support import upward
from tests.support.published import Office
from tests.support.reporting import CITY, COUNTY, organisation
from tests.support.statements import counted
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
PAGES = "/admin/declarations"
FIGURES = {
    "figures.sales": "100.00",
    "figures.aid_sales": "98",
    "figures.consumption_aid_amount": "98",
    "figures.own_purchase": "98",
    "figures.brokered_sale": "0",
}


@pytest.fixture
def unit(books: Office) -> str:
    """梅县区 owes R1 from September on; it is 2020-10-06, the day after its day."""
    with db.transaction() as session:
        body: Organisation = organisation(session, "梅县区帮扶部门(演示)", COUNTY)
        made = register_unit(session, system_actor(), NewUnit(body.id, COUNTY, "R1", date(2020, 9, 1), 5))
        return str(made.id)


def filled_in(clerk: Visitor, unit: str, **typed: str) -> str:
    answer = clerk.send(f"{PAGES}/new?unit_id={unit}&period=2020-09", to="", **typed)
    assert answer.status_code == 303, main_of(answer)
    where: str = answer.headers["Location"]
    return where


def test_a_declaration_is_filled_in_reviewed_and_sent_by_three_persons(unit: str, visitor: Visit) -> None:
    clerk, reviewer, issuer = (visitor(role, COUNTY) for role in ("county_officer", "statistician", "issuer"))
    form = clerk.read(f"{PAGES}/new?unit_id={unit}&period=2020-09")
    assert "账本 ¥148.00" in text_of(form)
    page = filled_in(clerk, unit, **FIGURES)
    assert "销售额" in text_of(clerk.read(page))
    assert "已提交审核" in clerk.follow(clerk.send(page, to=f"{page}/submission"))
    own = clerk.send(page, to=f"{page}/review", accept="true", opinion="自审")
    assert own.status_code == 403
    said = {"accept": "true", "opinion": "<b>属实</b>"}
    assert "已审核" in reviewer.follow(reviewer.send(page, to=f"{page}/review", **said))
    shown = issuer.follow(issuer.send(page, to=f"{page}/sending", **said))
    assert "&lt;b&gt;属实&lt;/b&gt;" in shown
    words = text_of(shown)
    assert "¥100.00 ¥148.00 -¥48.00 ¥148.00" in words
    with db.transaction() as session:
        assert session.scalars(select(Declaration.state)).all() == ["sent"]


def test_figures_that_do_not_add_up_come_back_with_everything_typed(unit: str, visitor: Visit) -> None:
    clerk = visitor("county_officer", COUNTY)
    at = f"{PAGES}/new?unit_id={unit}&period=2020-09"
    refused = clerk.send(at, to="", **FIGURES | {"figures.own_purchase": "97"})
    assert refused.status_code == 422
    html = main_of(refused)
    assert "直接采购与帮助销售之和应等于消费扶贫金额" in html
    assert 'value="97"' in html
    strange = clerk.send(at, to="", **FIGURES | {"figures.sales": "很多"})
    assert (strange.status_code, 'id="f-figures-sales-error"' in main_of(strange)) == (422, True)
    with db.transaction() as session:
        assert session.scalars(select(Declaration.state)).all() == []


def test_a_zero_report_says_why_and_silence_stays_silence(unit: str, visitor: Visit) -> None:
    clerk = visitor("county_officer", COUNTY)
    city = visitor("city_officer", CITY)
    rate = text_of(city.read(f"{PAGES}/rate?from_period=2020-09"))
    assert "报送率 0%" in rate
    assert "梅县区帮扶部门(演示) 逾期" in rate
    register = text_of(city.read(f"{PAGES}/register?period=2020-09"))
    assert "梅县区帮扶部门(演示) 未报" in register
    listed = city.send(f"{PAGES}/silences", unit_id=unit, period="2020-09", reason="机构改革")
    assert "机构改革" in city.follow(listed)
    page = filled_in(clerk, unit, zero_reason="本月无销售")
    shown = text_of(clerk.read(page))
    assert "零报告 本月无销售" in shown


def test_units_are_reminded_once_a_day(unit: str, visitor: Visit) -> None:
    city = visitor("city_officer", CITY)
    at = f"{PAGES}/rate?from_period=2020-09"
    first = city.send(at, to=f"{PAGES}/reminders")
    assert "已催报 1 个单位,另有 0 个今天已催报过" in city.follow(first)
    assert "已催报 0 个单位,另有 1 个今天已催报过" in city.follow(city.send(at, to=f"{PAGES}/reminders"))


@pytest.fixture
def feeding(books: Office) -> Iterator[Office]:
    """The instance feeds another as 广东 does; its September is closed."""
    link._installed[:] = [Upper(upward.settings_of("00" * 32, upward_source="440000"))]
    yield books
    link._installed[:] = [None]


def test_a_month_is_drawn_up_confirmed_by_its_county_and_sealed(feeding: Office, visitor: Visit) -> None:
    clerk, issuer = visitor("province_officer", "440000"), visitor("issuer", "440000")
    first, second = visitor("county_officer", COUNTY), visitor("statistician", COUNTY)
    drawn = clerk.send("/admin/upward/new", period="2020-09", reason="")
    page = drawn.headers["Location"]
    assert "销售额 ¥148.00" in text_of(clerk.follow(drawn))
    assert "封存并上报" not in issuer.read(page)
    part = f"{page}/{COUNTY}"
    assert "已经办" in first.follow(first.send(page, to=f"{part}/handling", opinion="与台账一致"))
    assert "已确认" in second.follow(second.send(page, to=f"{part}/review", accept="true", opinion="属实"))
    assert "已封存" in issuer.follow(issuer.send(page, to=f"{page}/sealing"))
    with db.transaction() as session:
        assert session.scalars(select(MonthTotal.state)).all() == ["sealed"]
    both = text_of(clerk.read("/admin/upward/reconciliation?period=2020-09"))
    assert "两级不一致" in both
    assert "尚未取得上级所收数据" in both
    assert "¥148.00" in both


def test_an_instance_that_feeds_nobody_says_so(books: Office, visitor: Visit) -> None:
    clerk = visitor("province_officer", "440000")
    for path in ("/admin/upward", "/admin/upward/reconciliation"):
        assert "本级没有设置上一级平台" in clerk.read(path)


def test_lists_of_declarations_ask_the_database_five_times_at_most(unit: str, visitor: Visit) -> None:
    city = visitor("city_officer", CITY)
    for path in (PAGES, "/admin/upward"):
        city.read(path)
        with counted() as sent:
            city.read(path)
        assert len(sent) <= 5, (path, sent)


def test_declarations_are_for_those_who_may_see_them(unit: str, visitor: Visit) -> None:
    clerk = visitor("finance_clerk")
    for path in (PAGES, f"{PAGES}/rate", f"{PAGES}/register", "/admin/upward"):
        assert clerk.get(path).status_code == 403, path
    elsewhere = visitor("county_officer", "450923")
    assert elsewhere.get(f"{PAGES}/new?unit_id={unit}&period=2020-09").status_code == 404
    assert not re.search("梅县区帮扶部门", elsewhere.read(PAGES))
