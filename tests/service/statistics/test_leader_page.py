"""A leader's one page: figures, rank, gaps, who lags and why; one sheet of A4, the same bytes for the same page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from io import BytesIO

import pypdf
import pytest
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel
from marketplace.core import divisions
from marketplace.core.actor import system_actor
from marketplace.core.clock import shanghai, utcnow
from marketplace.orders.service.waiting import Waiting
from marketplace.statistics.leader import LeaderPage, leader_page, level_below
from marketplace.statistics.leader_lagging import Part, lagging
from marketplace.statistics.leader_paper import paper_of, reason_text
from marketplace.statistics.models import DeclaredFigure
from marketplace.statistics.reports import ReportRequest
from marketplace.statistics.reports.coverage_figures import PARTS
from marketplace.statistics.targets import NewTarget, set_target
from tests.support.books import Books

REQUEST = ReportRequest("2020-09", "440000", ("440000",), "buyer")
SEPTEMBER = shanghai(2020, 9, 5)


def sell(books: Books, fen: int, area: str = "440100", at: datetime = SEPTEMBER) -> None:
    books.sell(books.line(fen, 1, buyer_area=area, sold_at=at, counted_at=at))


def aim(session: Session, area: str, amount: int) -> None:
    new = NewTarget(area, 2020, "consumption_aid_amount", raw_text="演示", source="演示", amount=amount)
    set_target(session, system_actor(), new)


def why(page: LeaderPage) -> list[tuple[str, str]]:
    return [(one.part.name, ";".join(map(reason_text, one.reasons))) for one in page.lagging]


def test_the_page_says_how_much_against_last_year_and_of_the_target(session: Session, books: Books) -> None:
    sell(books, 2_000, at=shanghai(2019, 1, 5))
    sell(books, 1_000, at=shanghai(2020, 8, 5))
    sell(books, 2_000)
    aim(session, "440000", 6_000)
    page = leader_page(session, REQUEST)
    assert dict(page.figures) == {
        "amount": 3_000,
        "year_on_year": 5_000,
        "rank": "—",
        "target": 6_000,
        "completion": 5_000,
        "cumulative_sales": 3_000,
        "sales": 2_000,
        "month_on_month": 10_000,
        "households": 0,
        "persons": 0,
        "uncounted": 0,
    }
    assert (page.level, page.siblings, len(page.parts)) == ("city", None, 21)


def test_who_sees_the_parent_is_told_the_rank_among_all_its_parts(session: Session, books: Books) -> None:
    sell(books, 300, "440000")  # 省本级 is no city and takes no place
    sell(books, 200, "440300")
    sell(books, 100, "440100")
    city = ReportRequest("2020-09", "440100", ("440000",), "buyer")
    page = leader_page(session, city)
    assert (page.figures["rank"], page.siblings, page.level) == (2, 21, "county")
    page = leader_page(session, replace(city, areas=("440100",)))
    assert (page.figures["rank"], page.siblings) == ("—", None)
    province = leader_page(session, REQUEST)
    assert [(one.name, one.rank, one.amount_fen) for one in province.parts[:3]] == [
        ("深圳市", 1, 200),
        ("广州市", 2, 100),
        ("韶关市", None, None),
    ]


def test_a_year_known_only_from_declared_figures_is_not_comparable_and_a_silent_month_is_not_zero(
    session: Session, books: Books
) -> None:
    sell(books, 1_000, at=shanghai(2020, 8, 5))
    session.add(
        DeclaredFigure(
            area_code="440100", measure="sales", from_day=date(2019, 1, 1), to_day=date(2019, 12, 31),
            amount=1, raw_text="1", source="演示", created_at=utcnow(),
        )
    )  # fmt: skip
    session.flush()
    page = leader_page(session, REQUEST)
    assert (page.figures["sales"], page.figures["month_on_month"], page.figures["year_on_year"]) == (
        "未报",
        "—",
        "—",
    )
    assert {one.name: one.year_on_year for one in page.parts[:2]} == {"广州市": "不可比", "韶关市": "—"}


def test_the_last_are_found_by_completion_when_all_that_reported_have_a_target_and_say_why(
    session: Session, books: Books
) -> None:
    counties = [one.code for one in divisions.children("440600")]
    assert len(counties) == 5
    for place, county in enumerate(counties[:4]):
        sell(books, 100 * (place + 1), county)
        aim(session, county, 1_000)
    sell(books, 1, counties[1], shanghai(2020, 8, 5))
    for kind in ("counter", "hall_offline", "zone", "hall_online"):
        session.add(
            Channel(
                code=f"{kind}-1", kind=kind, name="演示", area_code=counties[0], opened_on=date(2020, 1, 1),
                site_kind="innovation_base" if kind == "counter" else None, is_demo=True, created_at=utcnow(),
            )
        )  # fmt: skip
    session.flush()
    city = ReportRequest("2020-09", "440600", ("440600",), "buyer")
    page = leader_page(session, city)
    gaps = "缺少:专柜、专馆、专区、平台馆、双创基地"
    assert page.basis == "completion"
    assert why(page) == [
        (divisions.name(counties[4]), f"本年未报;{gaps}"),
        (divisions.name(counties[0]), "完成率10.00%,低于时间进度75.00%"),
    ]
    assert dict(page.covered) == dict.fromkeys(page.covered, 1)
    sell(books, 5_000, counties[4])
    page = leader_page(session, city)
    assert page.basis == "amount"
    assert [one.part.area for one in page.lagging] == [counties[0], counties[1]]


def test_on_the_seller_s_side_nobody_lags_of_whom_nothing_was_expected(
    session: Session, books: Books
) -> None:
    seller = replace(REQUEST, view="seller")
    sell(books, 100)
    assert why(leader_page(session, seller)) == []
    aim(session, "440200", 1_000)
    found = why(leader_page(session, seller))
    assert [name for name, _ in found] == ["韶关市"]
    assert found[0][1].startswith("本年未报;缺少:")


def test_the_nation_s_parts_are_the_provinces_that_take_part(session: Session, books: Books) -> None:
    sell(books, 100)
    page = leader_page(session, ReportRequest("2020-09", "000000", ("000000",), "buyer"))
    assert [one.name for one in page.parts] == ["广东省"]


def test_at_most_five_lag_and_never_more_than_half(session: Session, books: Books) -> None:
    assert len(leader_page(session, REQUEST).lagging) == 5
    assert leader_page(session, ReportRequest("2020-09", "441900", ("440000",), "buyer")).lagging == []


@pytest.mark.parametrize(
    ("area", "level"),
    [
        ("000000", "province"),
        ("440000", "city"),
        ("110000", "county"),
        ("440100", "county"),
        ("441900", "city"),
        ("441403", "county"),
    ],
)
def test_parts_are_of_the_nearest_level_that_an_area_has(area: str, level: str) -> None:
    assert level_below(area) == level


def text_of(content: bytes) -> str:
    reader = pypdf.PdfReader(BytesIO(content))
    assert len(reader.pages) == 1
    return "".join(reader.pages[0].extract_text().split())


@pytest.mark.parametrize("area", ["000000", "440000", "500000", "110000", "441900", "441403"])
def test_the_paper_is_one_page_of_a4_for_every_kind_of_area_and_the_same_bytes_each_time(
    session: Session, books: Books, area: str
) -> None:
    sell(books, 123_456_789_00, "440100")
    request = ReportRequest("2020-09", area, ("000000",), "buyer")
    page = leader_page(session, request)
    paper = paper_of(page)
    assert paper.content == paper_of(leader_page(session, request)).content
    assert paper.missing == ()
    said = text_of(paper.content)
    assert f"{'全国' if area == '000000' else divisions.name(area)}消费扶贫工作情况" in said
    assert "2020年1月至9月" in said
    assert "内部资料" in said


def test_the_longest_page_is_still_one(session: Session) -> None:
    name = "积石山保安族东乡族撒拉族自治县"
    lacking = dict(PARTS)
    waits = [Waiting("62", 9, 987_654_321_00, (("paid", "buyer_finance"),))]
    parts = [
        Part(f"6229{n:02d}", name, 10**13 - n, -9_999, 101, lacking, waits, 10**14, 1 + n, n % 2 == 0)
        for n in range(40)
    ]
    found, basis = lagging(parts, 12)
    assert [len(one.reasons) for one in found] == [4, 5, 4, 5, 4]
    page = replace(leader_page(session, REQUEST), parts=parts, lagging=found, basis=basis, area="622900")
    page = replace(page, figures=page.figures | {"amount": 10**16, "rank": 12}, siblings=14)
    text_of(paper_of(page).content)


def test_the_paper_prints_what_the_page_says(session: Session, books: Books) -> None:
    sell(books, 9_876_543_21, "440300")
    sell(books, 100_00, "440100")
    said = text_of(paper_of(leader_page(session, REQUEST)).content)
    for words in (
        "987.66万元",
        "深圳市",
        "未报",
        "0/21深圳市、广州市、韶关市、珠海市、汕头市、佛山市、江门市、湛江市、茂名市、肇庆市、惠州市、梅州市、汕尾市、河源市、阳江市等21个",
        "账本位置:0",
    ):
        assert words in said, words
