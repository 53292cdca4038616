"""Every report of every month of random histories, beside its own computation in plain Python."""

from __future__ import annotations

from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given
from sqlalchemy.orm import Session

from marketplace.attribution.models import Period
from marketplace.catalogue.models import Listing
from marketplace.core import db
from marketplace.core.clock import next_period
from marketplace.statistics.reports import ReportRequest, ReportTable, report
from tests.faults.test_oracle import HISTORIES, STEPS, told
from tests.support.chronicle import Chronicle
from tests.support.county import VILLAGE
from tests.support.oracle import registers, reports

pytestmark = pytest.mark.fault  # minutes long: not among the tests that are run at every change

NAMES: Final = {VILLAGE: "演示村"}
Rows = list[list[Any]]


def built(session: Session, code: str, request: ReportRequest) -> ReportTable:
    return report(code).build(session, request)


def months(chronicle: Chronicle) -> list[str]:
    """From the first to the one that is going on."""
    found = ["2020-09"]
    while found[-1] < chronicle.month:
        found.append(next_period(found[-1]))
    return found


def names_of(chronicle: Chronicle) -> dict[Any, str]:
    return {world.producer.id: world.producer.name for world in chronicle.worlds}


@HISTORIES
@given(steps=STEPS)
def test_the_monthly_report_is_what_plain_python_makes_of_any_history(
    steps: list[tuple[str, int]], database: db.Database
) -> None:
    with told(steps) as (session, chronicle):
        for period in months(chronicle):
            held = registers.in_force(chronicle.certificates, period)
            for area, digits, view, level in (
                ("440000", "44", "seller", "city"),
                ("440000", "44", "buyer", "city"),
                ("441400", "4414", "seller", "county"),
            ):
                table = built(session, "R1", ReportRequest(period, area, ("000000",), view, level))
                asked = reports.of_month(period, digits, view, level)
                rows, total = reports.r1(chronicle.ledger, chronicle.homes, held, asked)
                assert table.rows == rows, (period, area, view)
                assert table.total == total, (period, area, view)


@HISTORIES
@given(steps=STEPS)
def test_cooperation_benefit_and_notice_are_what_plain_python_makes_of_any_history(
    steps: list[tuple[str, int]], database: db.Database
) -> None:
    with told(steps) as (session, chronicle):
        ledger, homes = chronicle.ledger, chronicle.homes
        for period in months(chronicle):
            request = ReportRequest(period, "440000", ("440000",))
            asked = reports.of_month(period, "44", "seller")
            assert built(session, "R5", request).rows == reports.r5(ledger, homes, asked), period
            table = built(session, "R6", request)
            assert (table.rows, table.total) == reports.r6(ledger, homes, names_of(chronicle), asked), period
            villages, columns = reports.r7(ledger, homes, period)
            table = built(session, "R7", request)
            # The one village with a collective is called by it, the others by their codes: no list here has their names.
            assert [row[1] for row in table.rows] == [NAMES.get(code, code) for code in villages]
            printed: Rows = [*table.rows, table.total or []]
            assert [list(column) for column in zip(*(row[2:] for row in printed), strict=True)] == columns


@HISTORIES
@given(steps=STEPS)
def test_registers_and_check_list_are_what_plain_python_makes_of_any_history(
    steps: list[tuple[str, int]], database: db.Database
) -> None:
    with told(steps) as (session, chronicle):
        ledger, certificates = chronicle.ledger, chronicle.certificates
        shelves = session.scalars(sa.select(Listing).execution_options(populate_existing=True)).all()
        closed = dict(session.execute(sa.select(Period.period, Period.closed_at)).all())
        units = dict(zip(chronicle.units, ("甲单位", "乙单位"), strict=True))
        own = {world.producer.id: world.producer.organisation_id for world in chronicle.worlds}
        for period in months(chronicle):
            request = ReportRequest(period, "440000", ("440000",))
            asked = reports.of_month(period, "44", "seller")
            assert built(session, "R2", request).rows == registers.r2(
                certificates, names_of(chronicle), period
            )
            table = built(session, "R3", request)
            expected = registers.r3(
                ledger, chronicle.points, shelves, certificates, asked, closed.get(period)
            )
            assert [*table.rows, table.total] == expected, period
            assert built(session, "R4", request).rows == registers.r4(ledger, units, int(period[:4])), period
            table = built(session, "R8", request)
            assert (table.rows, table.total) == registers.r8(ledger, own, asked), period
