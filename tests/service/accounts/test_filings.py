"""Reserve filings as versions, reminders, and what reports ask of them."""

from __future__ import annotations

import threading
import uuid
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.models import Account, InboxNotice, Organisation, Person, ReserveFiling
from marketplace.accounts.service import filings, organisations, reminders
from marketplace.accounts.service.filings import NewFiling
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.core.db import Database, transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.identifiers import build_uscc

NOON = shanghai(2021, 3, 1, 12)


def _unit(session: Session, number: int, area: str = "440106", fiscal: str = "440100") -> Organisation:
    return organisations.register(
        session,
        system_actor(),
        NewOrganisation(
            "budget_unit",
            f"演示单位{number}",
            area,
            uscc=build_uscc(f"12440100{number:08d}"),
            fiscal_area=fiscal,
            fiscal_tier="city_level",
            is_demo=True,
        ),
    )


def _actor(session: Session, role: str, area: str = "000000", unit: Organisation | None = None) -> Actor:
    person = Person(display_name=role, created_at=utcnow())
    session.add(person)
    session.flush()
    account = Account(
        person_id=person.id,
        login=f"{role}{uuid.uuid4().hex[:8]}",
        created_at=utcnow(),
        organisation_id=unit and unit.id,
    )
    session.add(account)
    session.flush()
    return Actor(account.id, person.id, unit and unit.id, (permissions.held(role, area, unit and unit.id),))


@pytest.fixture
def unit(session: Session) -> Organisation:
    return _unit(session, 1)


@pytest.fixture
def clerk(session: Session, unit: Organisation) -> Actor:
    return _actor(session, "buyer", unit=unit)


@pytest.fixture
def finance(session: Session) -> Actor:
    return _actor(session, "finance_supervisor", "440100")


def _new(unit: Organisation, bp: int = 3_000, year: int = 2021) -> NewFiling:
    return NewFiling(unit.id, year, "own", 123_456_789, bp)


def test_the_latest_accepted_version_holds(
    session: Session, unit: Organisation, clerk: Actor, finance: Actor
) -> None:
    with frozen_at(NOON):
        first = filings.file(session, clerk, _new(unit))
        assert (first.version, first.reserve_fen, first.state) == (1, 37_037_037, "filed")
        assert filings.holding(session, unit.id, 2021) is None
        filings.review(session, finance, first.id, accept=True, opinion="属实")
        second = filings.file(session, clerk, _new(unit, 4_000))
        held = filings.holding(session, unit.id, 2021)
        assert held is not None
        assert held.id == first.id
        filings.review(session, finance, second.id, accept=True, opinion="属实")
    assert [row.id for row in session.scalars(filings.holding_of_year(2021))] == [second.id]
    assert (second.version, second.reserve_fen) == (2, 49_382_716)


def test_a_returned_filing_tells_the_unit_and_is_not_reviewed_twice(
    session: Session, unit: Organisation, clerk: Actor, finance: Actor
) -> None:
    filing = filings.file(session, clerk, _new(unit))
    filings.review(session, finance, filing.id, accept=False, opinion="总额不实")
    assert (filing.state, filing.opinion) == ("returned", "总额不实")
    notices = session.scalars(select(InboxNotice)).all()
    assert [(n.kind, n.organisation_id, n.detail) for n in notices] == [
        ("filing_returned", unit.id, {"year": 2021, "version": 1})
    ]
    with pytest.raises(Conflict) as refusal:
        filings.review(session, finance, filing.id, accept=True, opinion="属实")
    assert refusal.value.code == "filing_reviewed"
    assert filing.state == "returned"


def test_an_older_version_is_not_reviewed_any_more(
    session: Session, unit: Organisation, clerk: Actor, finance: Actor
) -> None:
    first = filings.file(session, clerk, _new(unit))
    filings.file(session, clerk, _new(unit, 3_500))
    with pytest.raises(Conflict) as refusal:
        filings.review(session, finance, first.id, accept=True, opinion="属实")
    assert refusal.value.code == "filing_superseded"
    assert first.state == "filed"


def test_who_filed_may_not_review_even_with_another_account(
    session: Session, unit: Organisation, clerk: Actor
) -> None:
    filing = filings.file(session, clerk, _new(unit))
    twin = Actor(uuid.UUID(int=9), clerk.person_id, None, (permissions.held("finance_supervisor", "440100"),))
    with pytest.raises(Forbidden) as refusal:
        filings.review(session, twin, filing.id, accept=True, opinion="属实")
    assert refusal.value.code == "same_person"
    inside = Actor(
        uuid.UUID(int=9), uuid.UUID(int=8), unit.id, (permissions.held("finance_supervisor", "440100"),)
    )
    with pytest.raises(Forbidden) as refusal:
        filings.review(session, inside, filing.id, accept=True, opinion="属实")
    assert refusal.value.code == "own_organisation"
    assert filing.state == "filed"


def test_the_finance_department_of_the_budget_reviews_not_that_of_the_address(
    session: Session, unit: Organisation, clerk: Actor
) -> None:
    filing = filings.file(session, clerk, _new(unit))
    district = _actor(session, "finance_supervisor", "440106")
    with pytest.raises(NotFound):
        filings.review(session, district, filing.id, accept=True, opinion="属实")
    assert session.scalars(filings.listing(district)).all() == []
    assert session.scalars(filings.listing(clerk, year=2021, state="filed")).all() == [filing]
    assert session.scalars(filings.listing(clerk, year=2022)).all() == []


def test_a_clerk_files_for_the_own_unit_only(session: Session, clerk: Actor) -> None:
    other = _unit(session, 2)
    with pytest.raises(NotFound):
        filings.file(session, clerk, _new(other))
    assert session.scalar(select(func.count()).select_from(ReserveFiling)) == 0


def test_a_low_ratio_is_refused_with_the_document(session: Session, unit: Organisation, clerk: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        filings.file(session, clerk, _new(unit, 2_999))
    assert refusal.value.code == "reserve_ratio_low"
    assert refusal.value.detail == "预留比例不得低于30%(广东省2021年预留份额通知)"


def test_a_shared_canteen_names_another_budget_unit(
    session: Session, unit: Organisation, clerk: Actor
) -> None:
    other = _unit(session, 2)
    for wrong in (unit.id, uuid.UUID(int=5)):
        with pytest.raises(Invalid):
            filings.file(session, clerk, NewFiling(unit.id, 2021, "shared", 0, 0, wrong))
    filing = filings.file(session, clerk, NewFiling(unit.id, 2021, "shared", 0, 0, other.id))
    assert (filing.reserve_fen, filing.represented_by) == (0, other.id)


def test_filing_after_the_deadline_is_taken_and_shows_as_late(session: Session) -> None:
    yunnan = _unit(session, 3, area="530102", fiscal="530100")
    clerk = _actor(session, "buyer", unit=yunnan)
    with frozen_at(shanghai(2021, 6, 30, 23, 59, 59)):
        on_time = filings.file(session, clerk, _new(yunnan))
    with frozen_at(shanghai(2021, 7, 1)):
        late = filings.file(session, clerk, _new(yunnan))
    assert filings.late_ones(session, [on_time, late]) == {late.id}


def test_units_are_reminded_once_within_two_weeks_of_the_deadline(
    session: Session, unit: Organisation
) -> None:
    late, filed = (_unit(session, n, area="530102", fiscal="530100") for n in (3, 4))
    filings.file(session, _actor(session, "buyer", unit=filed), _new(filed))
    with frozen_at(shanghai(2021, 6, 15)):
        assert reminders.remind_filings(session, 2021) == 0
    with frozen_at(shanghai(2021, 6, 16)):
        assert reminders.remind_filings(session, 2021) == 1
        assert reminders.remind_filings(session, 2021) == 0
    notice = session.scalars(select(InboxNotice)).one()
    assert (notice.kind, notice.organisation_id) == ("filing_due", late.id)
    assert notice.detail == {"due_on": date(2021, 6, 30).isoformat(), "min_bp": 1_000}


def test_twenty_filings_at_once_get_twenty_versions(own_database: Database) -> None:
    with transaction() as session:
        unit = _unit(session, 1)
        clerk = _actor(session, "buyer", unit=unit)

    def file() -> None:
        with transaction() as session:
            filings.file(session, clerk, _new(unit))

    threads = [threading.Thread(target=file) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction() as session:
        versions = session.scalars(select(ReserveFiling.version).order_by(ReserveFiling.version)).all()
    assert versions == list(range(1, 21))
