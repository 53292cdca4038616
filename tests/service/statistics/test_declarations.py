"""填报→审核→退回/上报: three persons, zero is not silence, corrections are versions, a total waits for the units below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.attribution.models import Entry
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    Invalid,
    NotFound,
)
from marketplace.core.ids import uuid7
from marketplace.statistics.declarations import filing, steps
from marketplace.statistics.declarations.figures import beside
from marketplace.statistics.declarations.filing import Content
from marketplace.statistics.declarations.models import Declaration, DeclarationStep
from marketplace.statistics.declarations.rate import reporting_rate
from marketplace.statistics.declarations.register import register_of
from marketplace.statistics.declarations.reminders import remind, remind_of_last_month
from marketplace.statistics.declarations.silence import list_as_unreported
from marketplace.statistics.declarations.units import NewUnit, end_unit, register_unit
from marketplace.statistics.models import DeclaredFigure
from marketplace.statistics.targets import declared_beside_computed
from tests.support.books import Books
from tests.support.county import World
from tests.support.reporting import (
    CITY,
    COUNTY,
    FIGURES,
    OTHER,
    PERIOD,
    Reporting,
    make_reporting,
    organisation,
)

OCTOBER = shanghai(2020, 10, 4, 10)


@pytest.fixture
def reporting(world: World, books: Books) -> Iterator[Reporting]:
    """September: 98.00 of certified goods from 梅县区, sold at a counter of 广州. It is the fourth of October."""
    books.sell(books.line())
    made = make_reporting(world)
    with frozen_at(OCTOBER):
        yield made


@contextmanager
def refused(kind: type[DomainError], code: str) -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_declaration_goes_through_three_persons_and_stands_beside_the_ledger(
    session: Session, reporting: Reporting
) -> None:
    done = reporting.county.sent()
    newest = session.scalar(select(func.max(Entry.entry_no)))
    assert (done.state, done.version, done.is_zero, done.last_entry) == ("sent", 1, False, newest)
    assert [(s.from_state, s.to_state) for s in filing.steps_of(session, done.id)] == [
        (None, "draft"),
        ("draft", "submitted"),
        ("submitted", "reviewed"),
        ("reviewed", "sent"),
    ]
    found = {row.measure: row for row in beside(session, done)}
    assert list(found) == list(FIGURES)
    assert (found["sales"].declared_fen, found["sales"].computed_fen, found["sales"].difference_fen) == (
        10_000,
        9_800,
        200,
    )
    assert (found["aid_sales"].computed_fen, found["aid_sales"].difference_fen) == (9_800, 0)
    assert found["sales"].below_fen is None
    # They are the month's, and no baseline of a year.
    assert declared_beside_computed(session, ("000000",), 2020) == []


def test_what_the_ledger_said_at_submission_is_kept_beside_what_it_says_now(
    session: Session, reporting: Reporting, books: Books
) -> None:
    done = reporting.county.sent()
    books.sell(books.line(5_000, 1))
    (row,) = [one for one in beside(session, done) if one.measure == "sales"]
    assert (row.computed_fen, row.difference_fen) == (9_800, 200)
    assert (row.computed_now_fen, row.difference_now_fen) == (14_800, -4_800)


def test_who_fills_in_does_not_review_and_neither_of_them_sends(
    session: Session, reporting: Reporting
) -> None:
    county = reporting.county
    drafted = county.draft()
    steps.submit(session, county.clerk, drafted.id)
    with refused(Forbidden, "same_person"):
        steps.review(session, county.clerk, drafted.id, accept=True, opinion="自审")
    steps.review(session, county.reviewer, drafted.id, accept=True, opinion="属实")
    with refused(Forbidden, "role"):
        steps.send(session, county.reviewer, drafted.id, accept=True, opinion="自报")
    with refused(Forbidden, "same_person"):
        steps.send(session, system_actor(), drafted.id, accept=True, opinion="系统")
    assert (drafted.state, count(session, DeclarationStep)) == ("reviewed", 3)


def test_no_level_fills_in_for_the_one_below(session: Session, reporting: Reporting) -> None:
    with refused(Forbidden, "other_level"):
        filing.draft(session, reporting.city.clerk, reporting.county.unit.id, PERIOD, Content(FIGURES))
    with refused(NotFound, "not_found"):
        filing.draft(session, reporting.other.clerk, reporting.county.unit.id, PERIOD, Content(FIGURES))
    drafted = reporting.county.draft()
    steps.submit(session, reporting.county.clerk, drafted.id)
    with refused(Forbidden, "other_level"):
        steps.review(session, reporting.city.reviewer, drafted.id, accept=True, opinion="代审")
    assert drafted.state == "submitted"


def test_a_return_has_a_reason_and_the_next_version_follows_it(
    session: Session, reporting: Reporting
) -> None:
    county = reporting.county
    first = county.draft()
    steps.submit(session, county.clerk, first.id)
    steps.review(session, county.reviewer, first.id, accept=False, opinion="与台账不符")
    assert (first.state, filing.steps_of(session, first.id)[-1].opinion) == ("returned", "与台账不符")
    notice = session.scalars(select(InboxNotice).where(InboxNotice.kind == "declaration_returned")).one()
    assert (notice.organisation_id, notice.detail["period"]) == (county.unit.organisation_id, PERIOD)
    with pytest.raises(IllegalTransition):
        steps.submit(session, county.clerk, first.id)
    second = county.sent(FIGURES | {"sales": 9_800})
    assert (second.version, second.correction_reason) == (2, None)


def test_the_issuer_may_return_it_too(session: Session, reporting: Reporting) -> None:
    done = reporting.county.reviewed()
    steps.send(session, reporting.county.issuer, done.id, accept=False, opinion="请核对直接采购")
    assert (done.state, done.sent_at) == ("returned", None)


def test_a_correction_is_a_new_version_with_its_reason_and_the_earlier_one_stays(
    session: Session, reporting: Reporting
) -> None:
    county = reporting.county
    first = county.sent()
    with refused(Invalid, "correction_reason"):
        county.draft(FIGURES | {"sales": 9_800})
    second = county.sent(FIGURES | {"sales": 9_800}, why="漏减退货")
    assert (second.version, second.correction_reason, first.state) == (2, "漏减退货", "sent")
    amounts = [
        [row.declared_fen for row in beside(session, one) if row.measure == "sales"]
        for one in (first, second)
    ]
    assert amounts == [[10_000], [9_800]]
    notice = session.scalars(select(InboxNotice).where(InboxNotice.kind == "declaration_corrected")).one()
    assert notice.organisation_id == reporting.city.unit.organisation_id
    rows = register_of(session, system_actor(), "R1", PERIOD, COUNTY)
    assert [row.figures[0].declared_fen for row in rows] == [9_800]


def test_a_draft_may_be_changed_and_what_was_filed_may_not(session: Session, reporting: Reporting) -> None:
    county = reporting.county
    drafted = county.draft()
    filing.redraft(session, county.clerk, drafted.id, Content(FIGURES | {"sales": 20_000}), 1)
    assert beside(session, drafted)[0].declared_fen == 20_000
    with refused(DomainError, "precondition_failed"):
        filing.redraft(session, county.clerk, drafted.id, Content(FIGURES), 1)
    steps.submit(session, county.clerk, drafted.id)
    with refused(Conflict, "declaration_filed"):
        filing.redraft(session, county.clerk, drafted.id, Content(FIGURES), 2)
    with refused(Conflict, "declaration_open"):
        county.draft()
    assert (count(session, Declaration), count(session, DeclaredFigure)) == (1, 5)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE statistics.declared_figure SET amount = 1",
        "DELETE FROM statistics.declared_figure",
        "UPDATE statistics.declaration SET is_zero = true, zero_reason = 'x'",
        "UPDATE statistics.declaration SET state = 'returned'",
        "UPDATE statistics.declaration_step SET opinion = 'x'",
    ],
)
def test_the_database_refuses_to_edit_what_was_sent(
    session: Session, reporting: Reporting, statement: str
) -> None:
    reporting.county.sent()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


def test_a_total_goes_upward_only_after_every_county_sent_filed_a_zero_or_is_listed(
    session: Session, reporting: Reporting
) -> None:
    city = reporting.city
    reporting.county.sent(zero="当月无销售")
    total = city.reviewed()
    with pytest.raises(Conflict) as caught:
        steps.send(session, city.issuer, total.id, accept=True, opinion="同意")
    assert (caught.value.code, caught.value.extra["pending"]) == (
        "units_pending",
        ["五华县乡村振兴局(演示)"],
    )
    assert total.state == "reviewed"
    with refused(Conflict, "not_overdue"):
        list_as_unreported(session, city.reviewer, reporting.other.unit.id, PERIOD, "机构改革")
    with frozen_at(shanghai(2020, 10, 6)):
        with refused(Forbidden, "own_silence"):
            list_as_unreported(session, reporting.other.reviewer, reporting.other.unit.id, PERIOD, "自行列明")
        list_as_unreported(session, city.reviewer, reporting.other.unit.id, PERIOD, "机构改革")
        with refused(AlreadyExists, "silence_known"):
            list_as_unreported(session, city.reviewer, reporting.other.unit.id, PERIOD, "再列")


def test_a_city_sends_once_its_counties_have(session: Session, reporting: Reporting) -> None:
    reporting.county.sent()
    reporting.other.sent(zero="当月无销售")
    total = reporting.city.sent(FIGURES)
    (row,) = [one for one in beside(session, total) if one.measure == "sales"]
    assert (total.state, row.declared_fen, row.below_fen, row.computed_fen) == ("sent", 10_000, 10_000, 9_800)


def test_a_listed_county_lets_the_city_send_and_is_reported_when_it_reports_late(
    session: Session, reporting: Reporting
) -> None:
    reporting.county.sent()
    with frozen_at(shanghai(2020, 10, 6)):
        list_as_unreported(session, reporting.city.reviewer, reporting.other.unit.id, PERIOD, "机构改革")
        assert reporting.city.sent().state == "sent"
        rates = reporting_rate(session, system_actor(), "R1", PERIOD, PERIOD, CITY, "county")
        assert [(row.area_code, row.due, row.reported, row.listed, row.rate_bp) for row in rates.rows] == [
            (CITY, 1, 1, 0, 10_000),
            (COUNTY, 1, 1, 0, 10_000),
            (OTHER, 1, 0, 1, 0),
        ]
        assert [(one.area_code, one.state, one.silence_reason) for one in rates.missing] == [
            (OTHER, None, "机构改革")
        ]
        reporting.other.sent(zero="当月无销售")
        with refused(Conflict, "month_reported"):
            list_as_unreported(session, reporting.city.reviewer, reporting.other.unit.id, PERIOD, "x")
        late = reporting_rate(session, system_actor(), "R1", PERIOD, PERIOD, CITY, "county")
    (total,) = late.totals
    assert (total.due, total.reported, total.zero, total.late, total.listed) == (3, 3, 1, 2, 0)
    assert (total.rate_bp, late.missing) == (10_000, [])


def test_a_zero_report_is_reported_and_silence_has_no_figure(session: Session, reporting: Reporting) -> None:
    zero = reporting.county.sent(zero="当月无销售")
    assert [row.declared_fen for row in beside(session, zero)] == [0, 0, 0, 0, 0]
    # The ledger knows better, and says so beside it.
    assert [row.difference_fen for row in beside(session, zero)] == [-9_800, -9_800, -9_800, -9_800, 0]
    rows = {row.unit.area_code: row for row in register_of(session, system_actor(), "R1", PERIOD, CITY)}
    assert (rows[COUNTY].word, rows[COUNTY].figures[0].declared_fen) == ("零报告", 0)
    assert (rows[OTHER].word, {one.declared_fen for one in rows[OTHER].figures}) == ("未报", {None})
    rates = reporting_rate(session, system_actor(), "R1", PERIOD, PERIOD, CITY, "city")
    assert [(row.due, row.reported, row.zero, row.rate_bp) for row in rates.rows] == [(3, 1, 1, 3_333)]
    assert [one.area_code for one in rates.missing] == [CITY, OTHER]


def test_a_month_that_is_not_over_or_not_owed_is_not_declared(session: Session, reporting: Reporting) -> None:
    for period in ("2020-08", "2020-10", "2021-01"):
        with refused(Conflict, "month_not_due"):
            reporting.county.draft(period=period)
    with refused(Invalid, "zero_with_figures"):
        filing.draft(
            session, reporting.county.clerk, reporting.county.unit.id, PERIOD, Content(FIGURES, "无")
        )
    assert (count(session, Declaration), count(session, DeclaredFigure)) == (0, 0)


def test_an_operator_is_beside_its_own_points_of_sale(
    session: Session, reporting: Reporting, books: Books
) -> None:
    from tests.catalogue_world import World as Shop

    counter = Shop(session).channel(area_code=COUNTY)
    counter.operator_id = reporting.operator.unit.organisation_id
    session.flush()
    books.sell(books.line(3_000, 1, channel_id=counter.id, channel_area=COUNTY))
    done = reporting.operator.sent({"sales": 3_000, "aid_sales": 3_000, "ordinary_sales": 0})
    assert [(row.measure, row.computed_fen, row.difference_fen) for row in beside(session, done)] == [
        ("sales", 3_000, 0),
        ("aid_sales", 3_000, 0),
        ("ordinary_sales", 0, 0),
    ]


def test_an_area_has_one_reporting_unit_and_a_duty_ends_after_what_was_declared(
    session: Session, reporting: Reporting
) -> None:
    county = reporting.county
    second = organisation(session, "另一个局(演示)", COUNTY)
    with refused(AlreadyExists, "reporting_unit_known"):
        register_unit(session, system_actor(), NewUnit(second.id, COUNTY, "R1", date(2020, 10, 1), 5))
    citizen = organisation(session, "个人", COUNTY, "individual")
    with refused(Invalid, "reporting_organisation"):
        register_unit(session, system_actor(), NewUnit(citizen.id, COUNTY, "R1", date(2020, 10, 1), 5))
    with refused(Forbidden, "role"):
        register_unit(session, county.clerk, NewUnit(second.id, COUNTY, "R3", date(2020, 10, 1), 5))
    with refused(Invalid, "until_day"):
        end_unit(session, system_actor(), county.unit.id, date(2020, 9, 30))
    end_unit(session, system_actor(), county.unit.id, date(2020, 10, 15))
    with refused(Conflict, "reporting_unit_ended"):
        end_unit(session, system_actor(), county.unit.id, date(2020, 11, 1))
    with refused(AlreadyExists, "reporting_unit_known"):
        register_unit(session, system_actor(), NewUnit(second.id, COUNTY, "R1", date(2020, 10, 14), 5))
    register_unit(session, system_actor(), NewUnit(second.id, COUNTY, "R1", date(2020, 10, 15), 5))
    with frozen_at(shanghai(2020, 11, 2)):
        rates = reporting_rate(session, system_actor(), "R1", "2020-09", "2020-10", COUNTY, "county")
    assert [(one.period, one.name) for one in rates.missing] == [
        ("2020-09", "梅县区乡村振兴局(演示)"),
        ("2020-10", "另一个局(演示)"),
    ]


def told(session: Session) -> list[tuple[str, str]]:
    rows = session.scalars(
        select(InboxNotice).where(InboxNotice.kind == "declaration_due").order_by(InboxNotice.id)
    )
    return [(row.detail["area"], row.detail["occasion"]) for row in rows]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (shanghai(2020, 10, 1), set()),
        (shanghai(2020, 10, 2), {(CITY, "before"), (OTHER, "before")}),
        (shanghai(2020, 10, 6), {(CITY, "overdue"), (OTHER, "overdue")}),
    ],
)
def test_units_are_reminded_near_their_day_and_after_it_once(
    session: Session, reporting: Reporting, at: datetime, expected: set[tuple[str, str]]
) -> None:
    reporting.county.sent(zero="当月无销售")
    with frozen_at(at):
        remind_of_last_month(session)
        remind_of_last_month(session)
    assert {one for one in told(session) if one[0] != COUNTY} == expected
    assert len(told(session)) == len(set(told(session)))


def test_an_official_reminds_once_a_day_who_has_not_reported(session: Session, reporting: Reporting) -> None:
    reporting.county.sent(zero="当月无销售")
    assert remind(session, reporting.city.reviewer, "R1", PERIOD, CITY) == (2, 0)
    assert remind(session, reporting.city.reviewer, "R1", PERIOD, CITY) == (0, 2)
    with frozen_at(shanghai(2020, 10, 5, 9)):
        assert remind(session, reporting.city.reviewer, "R1", PERIOD, CITY) == (2, 0)
    with refused(Forbidden, "out_of_scope"):
        remind(session, reporting.city.reviewer, "R1", PERIOD, "440000")
    assert len(told(session)) == 4


def test_what_is_not_there_is_not_found(session: Session, reporting: Reporting) -> None:
    for call in (
        lambda: filing.shown(session, system_actor(), uuid7()),
        lambda: steps.submit(session, system_actor(), uuid7()),
        lambda: end_unit(session, system_actor(), uuid7(), date(2020, 12, 1)),
        lambda: list_as_unreported(session, system_actor(), uuid7(), PERIOD, "无"),
    ):
        with refused(NotFound, "not_found"):
            call()
