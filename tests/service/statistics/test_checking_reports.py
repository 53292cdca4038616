"""R7 公示, R8 异常核查清单 and the coverage report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.beneficiaries.service import Coverage, load_households
from marketplace.catalogue.models import Channel
from marketplace.core.clock import shanghai, utcnow
from marketplace.producers.models import Producer
from marketplace.statistics.reports import ReportRequest, report
from marketplace.statistics.reports.protocol import Value
from tests.support.books import Books
from tests.support.county import COUNTY, VILLAGE, World, make_producer

REQUEST = ReportRequest("2020-09", "440000", ("440000",))
THIRD_VILLAGE = "441403101202"
FOURTH_VILLAGE = "441403102201"
TOWN = "441403101"


def rows_of(session: Session, code: str, request: ReportRequest = REQUEST) -> list[dict[str, Value]]:
    """The rows, the total and the rows below it, by column code."""
    table = report(code).build(session, request)
    codes = [column.code for column in table.columns]
    lines = [*table.rows, *([table.total] if table.total else []), *table.more_totals]
    return [dict(zip(codes, line, strict=True)) for line in lines]


def villages(world: World, counts: Sequence[tuple[str, int]]) -> None:
    """An agreement with so many households of each village."""
    new = [world.household(area_code=village) for village, count in counts for _ in range(count)]
    numbers = load_households(world.session, world.actor("county_officer", "000000"), new)
    whole = [Coverage(world.product.id, 10_000, "raw_material", "台账")]
    world.approved(world.agreement(), world.version([(n, 1) for n in numbers], products=whole))


def test_the_notice_counts_households_by_village_and_gives_no_small_count_away(
    session: Session, world: World, books: Books
) -> None:
    villages(world, [(VILLAGE, 2), (THIRD_VILLAGE, 5), (FOURTH_VILLAGE, 4)])
    books.sell(books.line())
    *rows, total = rows_of(session, "R7")
    shown = ("village", "rostered", "persons_rostered", "covered", "persons_covered", "benefited")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        (VILLAGE, "少于3户", "少于3户", "少于3户", "少于3户", "少于3户"),
        (THIRD_VILLAGE, "5", "20", "5", "20", "少于3户"),
        (FOURTH_VILLAGE, "不公布", "不公布", "不公布", "不公布", "少于3户"),
    ]
    assert (total["area"], total["rostered"], total["persons_rostered"]) == ("合计", "11", "44")
    assert total["benefited"] == "少于3户"


def test_the_notice_shows_the_villages_of_the_area_alone(
    session: Session, world: World, books: Books
) -> None:
    villages(world, [(VILLAGE, 3), (FOURTH_VILLAGE, 4)])
    town = ReportRequest("2020-09", TOWN, (COUNTY,))
    *rows, total = rows_of(session, "R7", town)
    assert [(row["village"], row["rostered"]) for row in rows] == [(VILLAGE, "3")]
    assert total["rostered"] == "3"
    assert [row["village"] for row in rows_of(session, "R7", replace(town, areas=("450000",)))[:-1]] == []
    assert "姓名" in report("R7").build(session, town).notes[0]


def expired(books: Books, **changes: object) -> None:
    values = {"goods_class": "area_produce", "goods_class_reason": "certificate_expired", "schemes": ()}
    books.sell(books.line(4_900, 1, **(values | changes)))


def test_goods_sold_after_their_certificate_had_expired_or_by_another_seller_are_listed(
    session: Session, books: Books
) -> None:
    books.sell(books.line())
    expired(books)
    expired(books, goods_class="ordinary", goods_class_reason="supplier_mismatch")
    expired(books, goods_class_reason="no_certificate")
    first, second, total, *parts = rows_of(session, "R8")
    names = ("reason", "producer", "area", "sold_on", "goods_class", "sales", "returned", "actor")
    assert [first[name] for name in names] == [
        "认定证书到期后销售", "梅县金柚合作社(演示)", "广东省梅州市梅县区", "2020-09-12",
        "产自帮扶地区未认定", 4_900, 0, "供应商(续期或下架)",
    ]  # fmt: skip
    assert (second["reason"], second["goods_class"]) == ("供应商与认定主体不符", "普通商品")
    assert (total["reason"], total["order"], total["sales"]) == ("合计", "2条", 9_800)
    assert [(part["reason"], part["order"]) for part in parts] == [
        ("认定证书到期后销售", "1条"),
        ("供应商与认定主体不符", "1条"),
    ]


def test_the_list_is_of_the_month_and_of_the_asker_s_side_and_area(session: Session, books: Books) -> None:
    expired(books)
    assert len(rows_of(session, "R8")) == 3
    assert len(rows_of(session, "R8", replace(REQUEST, period="2020-10"))) == 1
    assert len(rows_of(session, "R8", ReportRequest("2020-09", "440100", ("440100",)))) == 1
    assert len(rows_of(session, "R8", ReportRequest("2020-09", "440100", ("440100",), "buyer"))) == 3
    assert len(rows_of(session, "R8", replace(REQUEST, areas=("450000",)))) == 1


@pytest.mark.parametrize("buyer", ["itself", "its agent", "the producer whose agent it is", "somebody else"])
def test_what_a_producer_or_its_agent_buys_of_itself_is_listed(
    session: Session, world: World, books: Books, buyer: str
) -> None:
    related, _ = make_producer(session, "相关主体", product="绿茶")
    other = session.get_one(Producer, related.id)
    if buyer == "its agent":
        other.agent_of_id = world.producer.id
    if buyer == "the producer whose agent it is":
        world.producer.agent_of_id = other.id
    session.flush()
    owner = world.producer if buyer == "itself" else other
    books.sell(books.line(buyer_id=owner.organisation_id, buyer_kind="enterprise"))
    found = [row[0] for row in report("R8").build(session, REQUEST).rows]
    assert found == ([] if buyer == "somebody else" else ["自买自卖"])


def test_returns_are_listed_of_producers_above_the_limit_with_rate_and_limit(
    session: Session, world: World, books: Books
) -> None:
    line, other = books.line(9_000, 2), books.line(1_000, 1)
    books.sell(line)
    books.sell(other)
    books.take_back(other, 1_000, 1, shanghai(2020, 9, 20))
    assert rows_of(session, "R8")[:-1] == []  # 10 %: not above
    books.take_back(line, 4_500, 1, shanghai(2020, 9, 21))
    found = rows_of(session, "R8")
    assert sorted((row["sales"], row["returned"]) for row in found[:2]) == [(1_000, 1_000), (9_000, 4_500)]
    assert {(row["reason"], row["return_rate"], row["limit"]) for row in found[:2]} == {
        ("退货率超限", 5_500, 1_000)
    }
    assert found[2]["returned"] == 5_500
    october = rows_of(session, "R8", replace(REQUEST, period="2020-10"))
    assert [row["reason"] for row in october] == ["合计"]  # nothing went back in October


def test_a_line_under_two_reasons_counts_once_in_the_total(
    session: Session, world: World, books: Books
) -> None:
    expired(books, buyer_id=world.producer.organisation_id)
    found = rows_of(session, "R8")
    assert [(row["reason"], row["sales"]) for row in found[:3]] == [
        ("认定证书到期后销售", 4_900),
        ("自买自卖", 4_900),
        ("合计", 4_900),
    ]
    assert "价格异常未列入:尚无比价凭据。" in report("R8").build(session, REQUEST).notes


def point(
    session: Session, kind: str, area: str, opened: date, closed: date | None = None, site: str | None = None
) -> None:
    session.add(
        Channel(
            code=f"{kind}-{area}-{opened}-{site}", kind=kind, name="演示", area_code=area, opened_on=opened,
            closed_on=closed, site_kind=site, is_demo=True, created_at=utcnow(),
        )
    )  # fmt: skip
    session.flush()


def test_coverage_says_which_of_the_21_cities_lacks_what_on_the_last_day_of_the_month(
    session: Session, books: Books
) -> None:
    point(session, "counter", "440103", date(2020, 8, 1), site="innovation_base")
    point(session, "hall_offline", "440100", date(2020, 8, 1))
    point(session, "zone", "440100", date(2020, 9, 30))
    point(session, "hall_online", "440100", date(2020, 8, 1), date(2020, 10, 1))
    point(session, "hall_online", "440300", date(2020, 8, 1), date(2020, 9, 30))
    point(session, "zone", "440300", date(2020, 10, 1))
    point(session, "platform_832", "440300", date(2020, 1, 1))
    point(session, "zone", "440000", date(2020, 1, 1))
    found = {str(row["area"]): row for row in rows_of(session, "COVERAGE")}
    assert len(found) == 21 + 3
    whole = ("counters", "halls", "zones", "platform_halls", "innovation_bases", "gaps")
    assert [found["广州市"][name] for name in whole] == [1, 1, 1, 1, 1, ""]
    assert [found["深圳市"][name] for name in whole] == [0, 0, 0, 0, 0, "专柜、专馆、专区、平台馆、双创基地"]
    assert [found["合计"][name] for name in whole] == [1, 1, 2, 1, 1, ""]
    assert [found["已覆盖地区数"][name] for name in whole] == [1, 1, 1, 1, 1, "1/21"]
    assert [found["未覆盖地区数"][name] for name in whole] == [20, 20, 20, 20, 20, "20/21"]
    october = {row["area"]: row for row in rows_of(session, "COVERAGE", replace(REQUEST, period="2020-10"))}
    assert october["广州市"]["gaps"] == "平台馆"
    assert october["深圳市"]["gaps"] == "专柜、专馆、平台馆、双创基地"


@pytest.mark.parametrize(("area", "name"), [("441900", "东莞市"), ("440103", "荔湾区")])
def test_a_place_without_parts_stands_for_itself(session: Session, area: str, name: str) -> None:
    point(session, "counter", area, date(2020, 8, 1))
    request = ReportRequest("2020-09", area, ("440000",), level="county")
    first, total, *_ = rows_of(session, "COVERAGE", request)
    assert (first["area"], first["counters"], total["counters"]) == (name, 1, 1)


def test_an_official_sees_the_coverage_of_their_own_area_alone(session: Session) -> None:
    point(session, "counter", "440300", date(2020, 8, 1))
    rows = rows_of(session, "COVERAGE", replace(REQUEST, areas=("440100",)))
    assert [row["area"] for row in rows] == ["广州市", "合计", "已覆盖地区数", "未覆盖地区数"]
    assert rows[1]["counters"] == 0


def test_a_buyer_s_name_is_on_no_list(session: Session, world: World, books: Books) -> None:
    person = Organisation(kind="individual", name="李某某", area_code="440100", created_at=utcnow())
    session.add(person)
    session.flush()
    expired(books, buyer_id=person.id)
    assert "李某某" not in str(rows_of(session, "R8"))
