"""A sale told twice in R1 and R3: a memo beside the sums, equal to the boards, in no sum and in no bulletin."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import orjson
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from marketplace.core.actor import system_actor
from marketplace.core.clock import utcnow
from marketplace.intake.service.board import board_of
from marketplace.statistics.answers import report_as_json
from marketplace.statistics.bulletins.building import Subject, sealed_bytes
from marketplace.statistics.export import report_file
from marketplace.statistics.reports import ReportRequest, ReportTable, report
from marketplace.statistics.reports.memo import NOTE
from tests.support.reporters import Reporter, open_reporter
from tests.support.reporting_device import Cabinet

REQUEST = ReportRequest("2020-09", "000000", ("000000",), level="city")
BUYER = replace(REQUEST, view="buyer")


@pytest.fixture
def told_twice(cabinet: Cabinet) -> tuple[Reporter, Reporter]:
    """A platform's order of 49 yuan that a county told too, in August another, and one of the county alone."""
    platform = open_reporter(cabinet, "platform_832", "platform_832")
    county = open_reporter(cabinet, "hall_offline", "county_register")
    platform.report(platform.row("P1"), platform.row("P2", 下单时间="2020-08-30 09:00:00"))
    county.report(
        county.row("X1", 原平台订单编号="P1"),
        county.row("X2", 原平台订单编号="P2", 成交时间="2020-08-30 09:00:00"),
        county.row("X3", **{"金额(元)": "10.00"}),
    )
    return platform, county


def by_code(table: ReportTable, row: list[object]) -> dict[str, object]:
    return dict(zip((column.code for column in table.columns), row, strict=True))


def board_memo(one: Reporter, period: str) -> int:
    board = board_of(one.session, system_actor(), one.channel.code, period)
    return next(line.fen for line in board.lines if line.code == "duplicates")


@pytest.mark.parametrize("request_", [REQUEST, BUYER], ids=["seller", "buyer"])
def test_the_monthly_report_has_the_boards_memo_beside_sums_that_do_not_hold_it(
    told_twice: tuple[Reporter, Reporter], request_: ReportRequest
) -> None:
    platform, county = told_twice
    table = report("R1").build(county.session, request_)
    total = by_code(table, list(table.total or []))
    assert (total["sales"], total["cumulative"]) == (5_900, 10_800)
    assert (total["memo_duplicates"], total["memo_duplicates_cumulative"]) == (4_900, 9_800)
    assert total["memo_duplicates"] == board_memo(county, "2020-09") + board_memo(platform, "2020-09")
    assert total["memo_duplicates_cumulative"] == sum(
        board_memo(county, period) for period in ("2020-08", "2020-09")
    )
    rows = [by_code(table, list(row)) for row in table.rows]
    assert [row["memo_duplicates_cumulative"] for row in rows if row["memo_duplicates_cumulative"]] == [9_800]
    assert NOTE in table.notes


def test_the_table_of_points_of_sale_has_it_where_the_losing_report_was_made(
    told_twice: tuple[Reporter, Reporter],
) -> None:
    _, county = told_twice
    table = report("R3").build(county.session, replace(REQUEST, level="county"))
    total = by_code(table, list(table.total or []))
    assert (total["sales"], total["memo_duplicates_cumulative"]) == (10_800, 9_800)
    assert NOTE in table.notes
    elsewhere = report("R3").build(county.session, replace(REQUEST, area="460000", areas=("460000",)))
    assert by_code(elsewhere, list(elsewhere.total or []))["memo_duplicates_cumulative"] == 0


def test_it_is_in_the_files_with_its_definition(told_twice: tuple[Reporter, Reporter]) -> None:
    platform, county = told_twice
    platform.report(platform.row("P9", **{"实付金额(元)": "49000.00"}))
    county.report(county.row("X9", 原平台订单编号="P9", **{"金额(元)": "49000.00"}))
    session = platform.session
    for code, heading in (("R1", "备忘:本月重复申报剔除"), ("R3", "备忘:累计重复申报剔除")):
        one = report(code)
        table = one.build(session, REQUEST)
        lines = list(
            csv.reader(
                io.StringIO(report_file("csv", code, one.title_zh, REQUEST, table).decode("utf-8-sig"))
            )
        )
        at = lines[0].index(heading)
        totals = next(line for line in lines if line and line[0] == "合计")
        assert totals[at] == {"R1": "4.90", "R3": "4.91"}[code]
        assert ["注", NOTE] in lines
        book = CalamineWorkbook.from_filelike(
            io.BytesIO(report_file("xlsx", code, one.title_zh, REQUEST, table))
        )
        cells = [str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row]
        assert any("重复申报剔除" in cell for cell in cells)
        assert any(NOTE in cell for cell in cells)
        said = report_as_json(one, REQUEST, table)
        assert heading in [column["title"] for column in said["columns"]]


def test_a_bulletin_has_no_memo_and_is_the_same_bytes_whatever_is_told_twice_later(cabinet: Cabinet) -> None:
    session: Session = cabinet.session
    platform = open_reporter(cabinet, "platform_832", "platform_832")
    county = open_reporter(cabinet, "hall_offline", "county_register")
    platform.report(platform.row("P1", 下单时间="2020-08-30 09:00:00"))
    subjects = [Subject(code, "2020-08", "000000") for code in ("R1", "R3")]
    now = utcnow()
    before = [sealed_bytes(session, subject, now) for subject in subjects]
    county.report(county.row("X1", 原平台订单编号="P1", 成交时间="2020-08-30 09:00:00"))
    assert board_memo(county, "2020-08") == 4_900
    for subject, sealed in zip(subjects, before, strict=True):
        again = sealed_bytes(session, subject, now)
        assert [one["code"] for one in orjson.loads(again)["columns"]][-1] != "memo_duplicates_cumulative"
        # What was booked since is another position of the books, and nothing else.
        assert without_position(again) == without_position(sealed)


def without_position(content: bytes) -> dict[str, object]:
    found = orjson.loads(content)
    return {name: value for name, value in found.items() if name not in ("position", "last_entry")}
