"""What threads on a real PostgreSQL may not do: sell under a revoked certificate, decide twice, share a number."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from marketplace.certification.models import (
    Application,
    ApplicationStep,
    Certificate,
    CertificateEvent,
    Objection,
    RevocationProposal,
)
from marketplace.certification.service.active import certificates_of
from marketplace.certification.service.applications import create_application
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.objections import raise_objection
from marketplace.certification.service.revocation import decide_revocation, propose_revocation
from marketplace.certification.service.withdrawal import withdraw_notice
from marketplace.core.clock import shanghai
from marketplace.core.db import Database, transaction
from marketplace.core.errors import DomainError
from tests.support.certification import County, at, revoke

THREADS = 8


@pytest.fixture
def county(own_database: Database) -> County:
    with transaction() as session, at(2020, 5, 28):
        return County(session)


def together(act: Callable[[int], object]) -> list[str]:
    """Run `act` in eight threads, each in a transaction of its own on 2020-07-01; `done` or the refusal's code, sorted."""

    def one(number: int) -> str:
        try:
            with at(2020, 7, 1):
                act(number)
        except DomainError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return sorted(pool.map(one, range(THREADS)))


def wait_until_somebody_waits_for_a_lock(database: Database) -> None:
    """Return once another connection waits; fail after ten seconds."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(200):
        with database.engine.connect() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def certified(county: County) -> Certificate:
    with transaction() as session:
        county.session = session
        return county.certified()


def revoke_at_eleven(county: County, certificate: Certificate) -> None:
    with at(2020, 7, 1, 11), transaction() as session:
        revoke(session, certificate.id, cause="quality_incident")


def test_a_revocation_waits_for_the_order_that_holds_the_certificate(
    county: County, own_database: Database
) -> None:
    certificate = certified(county)
    ten = shanghai(2020, 7, 1, 10)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as order:
            seen = certificates_of(order, [certificate.product_id], ten, lock=True)
            assert [row.standing(ten) for row in seen[certificate.product_id]] == ["active"]
            revocation: Future[None] = pool.submit(revoke_at_eleven, county, certificate)
            wait_until_somebody_waits_for_a_lock(own_database)
            assert not revocation.done()
        revocation.result(timeout=30)
    with transaction() as session:
        void_from = session.get_one(Certificate, certificate.id).void_from
    assert void_from == shanghai(2020, 7, 1, 11)


@pytest.mark.parametrize(("hour", "standing"), [(10, "active"), (11, "revoked"), (12, "revoked")])
def test_an_order_that_waited_for_the_revocation_sees_it(
    county: County, own_database: Database, hour: int, standing: str
) -> None:
    certificate = certified(county)

    def ask() -> list[str]:
        with transaction() as order:
            instant = shanghai(2020, 7, 1, hour)
            rows = certificates_of(order, [certificate.product_id], instant, lock=True)
            return [row.standing(instant) for row in rows[certificate.product_id]]

    with ThreadPoolExecutor(1) as pool:
        with at(2020, 7, 1, 11), transaction() as session:
            revoke(session, certificate.id, cause="quality_incident")
            order: Future[list[str]] = pool.submit(ask)
            wait_until_somebody_waits_for_a_lock(own_database)
        assert order.result(timeout=30) == [standing]


def test_eight_revocations_at_once_revoke_once(county: County) -> None:
    certificate = certified(county)

    def act(number: int) -> None:
        with transaction() as session:
            revoke(session, certificate.id, cause="own_request")

    assert together(act) == ["certificate_not_in_force"] * (THREADS - 1) + ["done"]
    with transaction() as session:
        kinds = session.scalars(select(CertificateEvent.kind).order_by(CertificateEvent.id)).all()
    assert kinds == ["issued", "revoked"]


def test_eight_decisions_on_one_proposal_at_once_decide_once(county: County) -> None:
    certificate = certified(county)
    with at(2020, 7, 1), transaction() as session:
        number = propose_revocation(
            session, county.offices["county_proposed"], certificate.id, cause="own_request", grounds="退出"
        ).number

    def act(place: int) -> None:
        with transaction() as session:
            verdict = "approve" if place % 2 else "refuse"
            decide_revocation(
                session, county.offices["county_decided"], number, verdict=verdict, opinion="已核"
            )

    assert together(act) == ["done"] + ["proposal_decided"] * (THREADS - 1)
    with transaction() as session:
        state = session.scalars(select(RevocationProposal.state)).one()
        kinds = session.scalars(select(CertificateEvent.kind).order_by(CertificateEvent.id)).all()
    assert kinds == {"approved": ["issued", "revoked"], "refused": ["issued"]}[state]


def test_eight_proposals_at_once_open_one(county: County) -> None:
    certificate = certified(county)

    def act(_: int) -> None:
        with transaction() as session:
            propose_revocation(
                session,
                county.offices["county_proposed"],
                certificate.id,
                cause="own_request",
                grounds="退出",
            )

    assert together(act) == ["done"] + ["proposal_open"] * (THREADS - 1)


def test_a_notice_withdrawn_while_objections_come_in_holds_or_releases_its_application(
    county: County,
) -> None:
    with transaction() as session:
        county.session = session
        application = county.carried("county_proposed")
        with at(2020, 6, 30):
            notice, number = county.hang(application).number, application.number

    def act(place: int) -> None:
        with transaction() as session:
            if place:
                raise_objection(session, notice, number, "用工名单不实")
            else:
                withdraw_notice(session, county.offices["in_public_notice"], notice, reason="名单有误")

    outcome = together(act)
    with transaction() as session:
        state = session.scalar(select(Application.state))
        raised = session.scalar(select(func.count()).select_from(Objection))
    assert outcome == ["done"] * ((raised or 0) + 1) + ["notice_withdrawn"] * (THREADS - 1 - (raised or 0))
    assert state == ("objection_open" if raised else "county_proposed")


def test_eight_officers_at_once_decide_once(county: County) -> None:
    with transaction() as session:
        county.session = session
        number = county.carried("submitted").number

    def act(_: int) -> None:
        with transaction() as session:
            decide(session, county.offices["township_reviewed"], [number], "pass", "同意")

    # Whoever comes second is refused: it is the next office's turn.
    outcome = together(act)
    assert outcome.count("done") == 1
    assert len(outcome) == THREADS
    with transaction() as session:
        steps = session.scalars(select(ApplicationStep.to_state).order_by(ApplicationStep.id)).all()
        state = session.scalar(select(Application.state))
    assert (steps, state) == (["submitted", "township_reviewed"], "township_reviewed")


def test_eight_drafts_at_once_open_one_application(county: County) -> None:
    def act(_: int) -> None:
        with transaction() as session:
            create_application(
                session, county.applicant, scheme="provincial", product_id=county.product.id, facts={}
            )

    assert together(act) == ["application_open"] * (THREADS - 1) + ["done"]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Application)) == 1


def test_eight_issues_of_one_batch_at_once_number_without_gaps(county: County) -> None:
    with transaction() as session:
        county.session = session
        numbers = []
        for place in range(THREADS):
            product = county.new_product(f"果{place}")
            numbers.append(county.carried("province_rechecked", product=product).number)
    issuer = county.issuer("provincial")

    def act(place: int) -> None:
        with transaction() as session:
            issue_certificates(session, issuer, numbers=[numbers[place]], batch=3, opinion="同意")

    assert together(act) == ["done"] * THREADS
    with transaction() as session:
        issued = session.scalars(select(Certificate.catalogue_no).order_by(Certificate.catalogue_no)).all()
    assert issued == [f"450922-2020-03-{place:04d}" for place in range(1, THREADS + 1)]
