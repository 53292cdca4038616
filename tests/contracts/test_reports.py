"""Every report keeps the same contract."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from marketplace.statistics.reports import REPORTS, Report, ReportRequest, report

every_report = pytest.mark.parametrize("one", REPORTS, ids=[one.code for one in REPORTS])
REQUESTS = (
    ReportRequest("2020-09", "440000", ("440000",)),
    ReportRequest("2020-09", "440000", ("440000",), "buyer"),
    ReportRequest("2020-09", "000000", ("000000",), level="province"),
    ReportRequest("2020-09", "441403", ("441400",), level="county"),
    ReportRequest("2020-09", "441900", ("440000",), level="county"),
    ReportRequest("2020-09", "440000", ()),
)


def test_codes_are_unique_and_found_in_either_case() -> None:
    assert len({one.code for one in REPORTS}) == len(REPORTS)
    assert all(report(one.code.lower()) is one for one in REPORTS)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]*", one.code) for one in REPORTS)


@every_report
def test_a_report_says_its_definitions_and_its_rows_fit_its_columns(session: Session, one: Report) -> None:
    for request in REQUESTS:
        table = one.build(session, request)
        assert table.notes
        assert len({column.code for column in table.columns}) == len(table.columns)
        lines = [*table.rows, *([table.total] if table.total is not None else []), *table.more_totals]
        assert all(len(line) == len(table.columns) for line in lines)


@every_report
def test_the_same_report_asked_twice_is_the_same(session: Session, one: Report) -> None:
    assert one.build(session, REQUESTS[0]) == one.build(session, REQUESTS[0])
