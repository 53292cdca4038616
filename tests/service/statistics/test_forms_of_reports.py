"""Reports as they are printed and what their own columns say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.service import places
from marketplace.catalogue.models import Channel
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.statistics.export import report_file
from marketplace.statistics.reports import REPORTS, ReportRequest, report
from marketplace.statistics.reports.protocol import LOCAL_NOTE, NATIONAL_NOTE, Value
from marketplace.statistics.targets import NewTarget, declare, set_target
from tests.support.books import Books

REQUEST = ReportRequest("2020-09", "440000", ("440000",))


def rows_of(session: Session, code: str, request: ReportRequest = REQUEST) -> list[dict[str, Value]]:
    """The rows and, last, the total of a report by column code."""
    table = report(code).build(session, request)
    codes = [column.code for column in table.columns]
    lines = [*table.rows, *([table.total] if table.total else [])]
    return [dict(zip(codes, line, strict=True)) for line in lines]


@pytest.mark.parametrize("code", [one.code for one in REPORTS])
def test_every_report_is_a_form_with_title_approval_unit_merged_head_foot_and_notes(
    session: Session, books: Books, code: str
) -> None:
    books.sell(books.line())
    found = report(code)
    table = found.build(session, REQUEST)
    first = report_file("xlsx", code, found.title_zh, REQUEST, table)
    assert first == report_file("xlsx", code, found.title_zh, REQUEST, table)
    assert b"<f>" not in first
    sheet = CalamineWorkbook.from_filelike(BytesIO(first)).get_sheet_by_index(0).to_python()
    assert sheet[0][0] == f"广东省{found.title_zh}"
    assert sheet[1][0] == "内部管理台账"
    assert sheet[2][0] == "统计期:2020年9月"
    has_money = any(column.kind == "fen" for column in table.columns)
    assert ("单位:金额为万元" in sheet[2]) == has_money
    assert sheet[3][0] == table.columns[0].title_zh
    said = [str(row[0]) for row in sheet]
    assert any(text.startswith("填报单位(章):") for text in said)
    assert [text for text in said if text.startswith("注:")][: len(table.notes)] == [
        f"注:{note}" for note in table.notes
    ]
    assert said[-1] == f"注:账本位置:{table.position}"


def test_a_csv_has_the_table_first_and_what_the_form_says_after_it(session: Session, books: Books) -> None:
    books.sell(books.line())
    table = report("R1").build(session, REQUEST)
    lines = report_file("csv", "R1", "消费扶贫统计月报", REQUEST, table).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("地区,认定产品数,供应商数,商品价值量,本月销售额,其中:扶贫产品")
    blank = lines.index("")
    assert blank == 1 + len(table.rows) + 1
    assert lines[blank + 1 : blank + 4] == [
        "标题,广东省消费扶贫统计月报",
        "表号,内部管理台账",
        "填报单位(章),",
    ]
    assert "统计期,2020-09" in lines[blank:]


def test_an_area_that_reported_nothing_this_month_is_not_zero(session: Session, books: Books) -> None:
    books.sell(books.line(9800, 2))
    (city,) = [
        row for row in rows_of(session, "R1", replace(REQUEST, period="2020-10")) if row["area"] == "梅州市"
    ]
    assert (city["sales"], city["aid_sales"], city["cumulative"]) == ("未报", "—", 9_800)
    assert (city["month_on_month"], city["year_on_year"]) == ("—", "—")


def test_the_nation_s_report_counts_the_national_catalogues_alone_and_says_so(
    session: Session, books: Books
) -> None:
    books.sell(books.line(100, 1, scheme="national_2020", schemes=("national_2020",)))
    books.sell(books.line(20, 1))
    nation = ReportRequest("2020-09", "000000", ("000000",))
    assert rows_of(session, "R1", nation)[-1]["aid_sales"] == 100
    assert rows_of(session, "R1")[-1]["aid_sales"] == 120
    assert rows_of(session, "R3", nation)[-1]["aid_sales"] == 100
    for code in ("R1", "R3"):
        assert NATIONAL_NOTE in report(code).build(session, nation).notes
        assert LOCAL_NOTE in report(code).build(session, REQUEST).notes


def test_what_a_province_buys_itself_is_not_measured_by_the_province_s_target(
    session: Session, books: Books
) -> None:
    books.sell(books.line(400, 1, buyer_area="440000"))
    new = NewTarget("440000", 2020, "consumption_aid_amount", raw_text="演示", source="演示", amount=800)
    set_target(session, system_actor(), new)
    *rows, total = rows_of(session, "R1", replace(REQUEST, view="buyer"))
    (own,) = [row for row in rows if row["area"] == "省本级"]
    assert (own["target"], own["completion"]) == ("—", "—")
    assert (total["target"], total["completion"]) == (800, 5_000)


def counter(session: Session, code: str, area: str, opened: date, closed: date | None = None) -> None:
    session.add(
        Channel(
            code=code, kind="counter", name=code, area_code=area, opened_on=opened, closed_on=closed,
            is_demo=True, created_at=utcnow(),
        )
    )  # fmt: skip
    session.flush()


def test_counters_are_planned_placed_and_in_operation(session: Session, books: Books) -> None:
    counter(session, "A", "440100", date(2020, 8, 1))
    counter(session, "B", "440100", date(2020, 8, 1), date(2020, 9, 30))
    counter(session, "C", "440100", date(2020, 8, 1), date(2020, 10, 1))
    counter(session, "D", "440100", date(2020, 9, 30))
    counter(session, "E", "440100", date(2020, 10, 1))
    counter(session, "F", "440300", date(2020, 9, 1))
    for area, amount in (("440100", 50), ("440000", 400), ("450000", 9)):
        set_target(
            session, system_actor(),
            NewTarget(area, 2020, "points_counter", raw_text=f"{amount}台", source="演示", amount=amount),
        )  # fmt: skip
    guangzhou, shenzhen, total = rows_of(session, "R3")
    columns = ("area", "planned_counter", "placed_counter", "points_counter")
    assert [tuple(row[name] for name in columns) for row in (guangzhou, shenzhen, total)] == [
        ("广州市", 50, 4, 3),
        ("深圳市", "—", 1, 1),
        ("合计", 400, 5, 4),
    ]


def test_a_unit_is_under_the_first_level_unit_of_that_month_s_tree(session: Session, books: Books) -> None:
    def unit(name: str) -> Organisation:
        made = Organisation(
            kind="budget_unit", name=name, area_code="440100", fiscal_area="440000",
            fiscal_tier="province_level", is_demo=True, created_at=utcnow(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made

    one, two, school, lab, alone = (unit(name) for name in ("甲厅", "乙厅", "学校", "实验室", "独立单位"))
    system, start = system_actor(), date(2020, 1, 1)
    for child, parent in ((one, None), (two, None), (school, one), (lab, school)):
        places.place(session, system, child.id, parent.id if parent else None, start, "演示")
    with frozen_at(shanghai(2020, 10, 1)):
        places.place(session, system, school.id, two.id, date(2020, 10, 1), "划转")

    def supervisors(period: str) -> dict[Value, Value]:
        found = rows_of(session, "R4", replace(REQUEST, period=period))[:-1]
        assert {row["tier"] for row in found} == {"省本级"}
        return {row["unit"]: row["supervisor"] for row in found}

    assert supervisors("2020-09") == {
        "甲厅": "甲厅", "乙厅": "乙厅", "学校": "甲厅", "实验室": "甲厅", "独立单位": "—",
    }  # fmt: skip
    assert supervisors("2020-10")["实验室"] == "乙厅"
    assert alone.name == "独立单位"


def test_cooperation_has_its_agreed_target_and_completion(session: Session, books: Books) -> None:
    books.sell(books.line(9800, 2))
    buyer = ReportRequest("2020-09", "440000", ("440000",), view="buyer")
    (row,) = rows_of(session, "R5", buyer)
    assert (row["helper"], row["helped"], row["target"], row["completion"]) == ("广州市", "梅州市", "—", "—")
    set_target(
        session, system_actor(),
        NewTarget(
            "440100", 2020, "cooperation_amount", raw_text="200元", source="演示", amount=20_000,
            counterpart_area="441400",
        ),
    )  # fmt: skip
    (row,) = rows_of(session, "R5", buyer)
    assert (row["total"], row["target"], row["completion"]) == (9_800, 20_000, 4_900)


def test_a_province_s_agreement_with_a_city_is_found_among_cities_and_not_among_provinces(
    session: Session, books: Books
) -> None:
    books.sell(books.line(9800, 2, helper_area="440000"))
    set_target(
        session, system_actor(),
        NewTarget(
            "440000", 2020, "cooperation_amount", raw_text="200元", source="演示", amount=20_000,
            counterpart_area="441400",
        ),
    )  # fmt: skip
    cities = ReportRequest("2020-09", "440000", ("440000",), view="buyer")
    (row,) = rows_of(session, "R5", cities)
    assert (row["helper"], row["helped"], row["target"], row["completion"]) == (
        "广东省",
        "梅州市",
        20_000,
        4_900,
    )
    (row,) = rows_of(session, "R5", replace(cities, level="province"))
    assert (row["helped"], row["target"], row["completion"]) == ("广东省", "—", "—")


def test_a_target_that_is_last_year_s_figure_prints_its_words_and_is_compared_only_with_the_books(
    session: Session, books: Books
) -> None:
    system = system_actor()
    for area in ("440000", "440300"):
        set_target(
            session, system,
            NewTarget(
                area, 2020, "consumption_aid_amount", raw_text="不低于去年", source="演示", relative_to="previous_year",
                reason="relative",
            ),
        )  # fmt: skip
    books.sell(books.line(9_800))
    columns = ("target", "completion")

    def figures() -> dict[object, tuple[Value, ...]]:
        return {row["area"]: tuple(row[name] for name in columns) for row in rows_of(session, "R1")}

    assert figures()["合计"] == ("不低于去年", "—")
    assert figures()["深圳市"] == ("不低于去年", "—")  # silent all year, its target is known all the same
    declare(
        session, system, area_code="440000", measure="consumption_aid_amount", from_day=date(2019, 1, 1),
        to_day=date(2019, 12, 31), raw_text="100元", source="演示",
    )  # fmt: skip
    assert figures()["合计"] == ("不低于去年", "不可比")
    books.sell(books.line(10_000, counted_at=shanghai(2019, 1, 5), sold_at=shanghai(2019, 1, 5)))
    books.sell(books.line(9_600, counted_at=shanghai(2019, 11, 5), sold_at=shanghai(2019, 11, 5)))
    assert figures()["合计"] == ("不低于去年", 5_000)
