"""Statistics on pages: the explorer and its way down, reports, bulletins by three persons, the wall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest

from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.intake.service import pledges
from marketplace.intake.service.pledges import NewPledge
from tests.support.certification import an_actor
from tests.support.pages import personal
from tests.support.published import Office
from tests.support.statements import counted
from tests.support.visitors import Visitor, text_of

Visit = Callable[..., Visitor]
PROVINCE = "440000"
SIGNED = NewPledge(
    kind="signed",
    event="2020消费扶贫展销会",
    buyer_name="演示集团",
    buyer_area="440100",
    seller_name="演示合作社",
    origin_area="441403",
    amount_fen=1_000_000,
    signed_on=date(2020, 9, 28),
)


@pytest.fixture
def official(books: Office, visitor: Visit) -> Visitor:
    return visitor("province_officer", PROVINCE)


def test_the_explorer_answers_drills_down_and_leads_to_the_entries(official: Visitor) -> None:
    shown = text_of(official.read("/admin/statistics?from=2020-09&to=2020-09&measure=sales&by1=origin"))
    assert "梅州市 ¥148.00" in shown
    assert "合计 ¥148.00" in shown
    page = official.read("/admin/statistics?from=2020-09&to=2020-09&measure=sales&by1=origin")
    assert "level=county&amp;origin=441400" in page
    below = text_of(
        official.read(
            "/admin/statistics?from=2020-09&to=2020-09&measure=sales&by=origin&level=county&origin=441400"
        )
    )
    assert "梅县区 ¥148.00" in below
    entries = official.read("/admin/statistics/entries?from=2020-09&to=2020-09&origin=441400")
    assert "¥98.00" in entries
    assert personal(entries) == []


#: Statements of a monthly report with its frame: three passes over entries, the rosters, what stands beside the ledger.
MOST_OF_R1 = 15


@pytest.mark.parametrize("view", ["seller", "buyer"])
def test_a_monthly_report_asks_nothing_twice_and_no_more_for_more_areas(official: Visitor, view: str) -> None:
    asked = []
    for area, level in (("441400", "county"), (PROVINCE, "county")):
        with counted() as found:
            page = official.read(f"/admin/reports/R1?period=2020-09&area={area}&level={level}&view={view}")
        asked.append(found)
        assert "合计" in page
    few, many = asked
    assert len(many) <= len(few) + 2  # whether figures were declared is asked for all areas at once
    assert len(many) <= MOST_OF_R1, Counter(many).most_common(5)
    assert sum("max(attribution.link.position)" in one for one in many) <= 1


def test_pledges_are_measures_without_entries_behind_them(official: Visitor, own_database: Database) -> None:
    with transaction() as session:
        pledges.register(session, an_actor("statistician"), SIGNED)
    asked = "/admin/statistics?from=2020-09&to=2020-09&by1=origin"
    shown = official.read(f"{asked}&measure=signed_amount")
    assert "梅州市 ¥10,000.00" in text_of(shown)
    assert "不与任何销售额相加" in text_of(shown)
    assert "/admin/statistics/entries" not in shown
    both = official.read(f"{asked}&measure=sales&measure=signed_amount")
    assert "梅州市 ¥148.00 ¥10,000.00" in text_of(both)


def test_the_pages_of_r1_and_r3_have_the_memo_of_what_was_told_twice(official: Visitor) -> None:
    for code in ("R1", "R3"):
        shown = text_of(official.read(f"/admin/reports/{code}?period=2020-09&area={PROVINCE}"))
        assert "重复申报剔除" in shown
        assert "不在任何销售额之内,不得与之相加" in shown


def test_a_filter_that_cannot_be_meant_is_left_out_and_an_unknown_measure_is_said(official: Visitor) -> None:
    assert official.get("/admin/statistics?from=yesterday&measure=sales").status_code == 200
    assert official.get("/admin/statistics?measure=happiness").status_code == 400
    assert official.get("/admin/statistics?area=110000&measure=sales").status_code == 403


def test_htmx_gets_the_figures_alone(official: Visitor) -> None:
    part = official.get(
        "/admin/statistics?from=2020-09&to=2020-09&measure=sales&by1=origin", **{"HX-Request": "true"}
    )
    html = part.get_data(as_text=True)
    assert html.lstrip().startswith('<div id="results"')
    assert part.headers["Vary"].find("HX-Request") >= 0


@pytest.mark.parametrize("code", ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "COVERAGE", "WORKLIST"])
def test_every_report_is_a_page_with_its_downloads(official: Visitor, code: str) -> None:
    shown = official.read(f"/admin/reports/{code}?period=2020-09&area={PROVINCE}")
    assert "format=xlsx" in shown
    assert "账本位置" in shown
    assert personal(shown) == []


def test_a_bulletin_is_drawn_up_reviewed_and_issued_by_three_persons(
    books: Office, visitor: Visit, official: Visitor
) -> None:
    drafter, reviewer, issuer = (
        visitor("statistician", PROVINCE),
        visitor("province_officer", PROVINCE),
        visitor("issuer", PROVINCE),
    )
    answer = drafter.send(
        "/admin/bulletins/new",
        report="R1",
        period="2020-09",
        area_code=PROVINCE,
        level="city",
        view="seller",
        title="2020年9月<消费扶贫>工作动态",
        supplied_by="统计处",
        disclosure="open",
        **{"main_to.0": "各地级以上市", "copy_to.0": ""},
    )
    assert "已拟稿" in drafter.follow(answer)
    page = answer.headers["Location"]
    assert "&lt;消费扶贫&gt;" in reviewer.read(page)
    said = {"verdict": "approve", "opinion": "同意"}
    assert "已记录审核意见" in reviewer.follow(reviewer.send(page, to=f"{page}/review", **said))
    assert "已记录签发意见" in issuer.follow(issuer.send(page, to=f"{page}/issue", **said))
    shown = text_of(official.read(page))
    assert "核验 一致" in shown
    assert "按账本重算,逐字节相同" in shown


def test_a_bulletin_of_an_open_month_is_refused_at_its_form(official: Visitor, books: Office) -> None:
    refused = official.send(
        "/admin/bulletins/new",
        report="R1",
        period="2021-09",
        area_code=PROVINCE,
        title="未关账",
        supplied_by="统计处",
        disclosure="open",
    )
    assert refused.status_code in (409, 422)
    assert 'value="未关账"' in refused.get_data(as_text=True)


def test_the_wall_shows_a_month_without_names_of_buyers(official: Visitor) -> None:
    answer = official.get("/admin/wall?period=2020-09")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in html
    assert "梅县区" in html
    assert personal(html) == []


def test_without_a_month_pages_begin_with_the_newest_that_has_anything_in_the_official_s_scope(
    books: Office, visitor: Visit
) -> None:
    with frozen_at(shanghai(2021, 3, 1, 9)):
        official = visitor("province_officer", PROVINCE)
        for path in ("/admin/reports", "/admin/reports/R1", "/admin/reports/R3?level=county"):
            assert "没有选月份,这里是 2020-10" in text_of(official.read(path)), path
        assert "梅县区 · 金额单位" in text_of(official.read("/admin/reports/R1?area=441403"))
        assert "没有选月份" not in official.read("/admin/reports/R1?period=2020-09")
        assert "消费扶贫 2020-10" in text_of(official.read("/admin/wall"))
        elsewhere = visitor("county_officer", "450923")
        assert "没有选月份,这里是 2021-03" in text_of(elsewhere.read("/admin/reports"))


def test_the_wall_of_a_month_without_sales_says_so_in_every_frame(official: Visitor) -> None:
    shown = text_of(official.read("/admin/wall?period=2019-03"))
    assert shown.count("本月还没有计入的销售") == 4
    assert "近12个月没有计入的销售" in shown


def test_reports_without_a_number_that_officials_know_are_called_by_their_title(official: Visitor) -> None:
    shown = text_of(official.read("/admin/reports"))
    assert "R1 消费扶贫统计月报" in shown
    assert "未计入订单工作表" in shown
    assert "WORKLIST" not in shown
    assert "COVERAGE" not in shown


def test_statistics_are_for_those_who_may_read_them(books: Office, visitor: Visit) -> None:
    clerk = visitor("finance_clerk")
    for path in ("/admin/statistics", "/admin/reports", "/admin/bulletins", "/admin/wall"):
        assert clerk.get(path).status_code == 403, path
