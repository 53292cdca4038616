"""What happens to a certificate after it was issued: suspension, revocation, renewal, amendment, expiry."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.app import compose
from marketplace.certification.facts import CertificateChanged, CertificateRevoked
from marketplace.certification.models import (
    Application,
    Certificate,
    CertificateEvent,
    RevocationProposal,
)
from marketplace.certification.rules.standing import SUSPENSION_CAUSES
from marketplace.certification.service.active import certificates_of
from marketplace.certification.service.applications import create_application
from marketplace.certification.service.expiry import note_expiries
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.revocation import decide_revocation, propose_revocation
from marketplace.certification.service.standing import (
    reinstate_certificate,
    suspend_certificate,
)
from marketplace.certification.service.submission import submit_application
from marketplace.core import facts
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import day_start, shanghai
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, Invalid, InvalidMany, NotFound
from tests.support.certification import FACTS, County, an_actor, at, evidence_of, revoke
from tests.support.ear import listening_to


@pytest.fixture
def certificate(county: County) -> Certificate:
    """Valid 2020-06-09 … 2022-06-08."""
    return county.certified()


@pytest.fixture
def heard() -> Iterator[list[CertificateRevoked]]:
    """What was told of revocations, instead of what the application does about them."""
    facts_heard: list[CertificateRevoked] = []
    facts.compose(
        {CertificateChanged: (), CertificateRevoked: (lambda session, fact: facts_heard.append(fact),)}
    )
    yield facts_heard
    compose()


def standing(session: Session, product_id: uuid.UUID, instant: datetime) -> list[str]:
    return [row.standing(instant) for row in certificates_of(session, [product_id], instant)[product_id]]


def history(session: Session, certificate: Certificate) -> list[tuple[str, str | None]]:
    rows = session.execute(
        select(CertificateEvent.kind, CertificateEvent.cause)
        .where(CertificateEvent.certificate_id == certificate.id)
        .order_by(CertificateEvent.at, CertificateEvent.id)
    )
    return [(kind, cause) for kind, cause in rows]


def test_a_suspension_holds_from_its_instant_to_its_end(
    county: County, session: Session, certificate: Certificate
) -> None:
    officer = county.offices["county_decided"]
    with at(2020, 7, 1) as began:
        suspend_certificate(
            session, officer, certificate.id, cause="quality_check", document_no="陆市监〔2020〕1号"
        )
    with at(2020, 7, 8) as ended:
        reinstate_certificate(session, officer, certificate.id)
    product = certificate.product_id
    assert standing(session, product, shanghai(2020, 7, 1, 9, 59, 59)) == ["active"]
    assert standing(session, product, began) == ["suspended"]
    assert standing(session, product, shanghai(2020, 7, 8, 9, 59, 59)) == ["suspended"]
    assert standing(session, product, ended) == ["active"]
    assert history(session, certificate) == [
        ("issued", None),
        ("suspended", "quality_check"),
        ("reinstated", None),
    ]


def test_a_second_suspension_keeps_the_first_in_memory(
    county: County, session: Session, certificate: Certificate
) -> None:
    officer = county.offices["county_decided"]
    for month in (7, 9):
        with at(2020, month, 1):
            suspend_certificate(session, officer, certificate.id, cause="complaint")
        with at(2020, month, 8):
            reinstate_certificate(session, officer, certificate.id)
    session.expire_all()
    product = county.product.id
    found = [standing(session, product, shanghai(2020, month, day))[0] for month in (7, 9) for day in (2, 20)]
    assert found == ["suspended", "active", "suspended", "active"]


def test_a_suspension_or_its_end_out_of_turn_is_refused(
    county: County, session: Session, certificate: Certificate
) -> None:
    officer = county.offices["county_decided"]
    with at(2020, 7, 1):
        with pytest.raises(Conflict) as refused:
            reinstate_certificate(session, officer, certificate.id)
        assert refused.value.code == "not_suspended"
        suspend_certificate(session, officer, certificate.id, cause="complaint")
        with pytest.raises(Conflict) as refused:
            suspend_certificate(session, officer, certificate.id, cause="complaint")
        assert refused.value.code == "already_suspended"
        with pytest.raises(Invalid):
            suspend_certificate(session, officer, certificate.id, cause="mood")
    with at(2022, 6, 9), pytest.raises(Conflict) as refused:
        suspend_certificate(session, officer, certificate.id, cause="complaint")
    assert refused.value.code == "certificate_not_in_force"
    assert len(history(session, certificate)) == 2


def test_a_revocation_counts_from_its_instant_and_is_told_to_the_slices_above(
    county: County, session: Session, certificate: Certificate, heard: list[CertificateRevoked]
) -> None:
    with at(2020, 7, 1) as decided:
        revoke(
            session,
            certificate.id,
            cause="quality_incident",
            document_no="1号",
        )
    assert standing(session, certificate.product_id, shanghai(2020, 7, 1, 9, 59, 59)) == ["active"]
    assert standing(session, certificate.product_id, decided) == ["revoked"]
    assert heard == [
        CertificateRevoked(
            certificate_id=certificate.id,
            product_id=certificate.product_id,
            producer_id=certificate.producer_id,
            scheme="provincial",
            revoked_at=decided,
            void_from=decided,
            cause="quality_incident",
        )
    ]
    assert not heard[0].is_retroactive
    with at(2020, 7, 2), pytest.raises(Conflict):
        revoke(session, certificate.id, cause="own_request")
    assert len(heard) == 1


def test_fraud_may_be_revoked_back_to_a_day(
    county: County, session: Session, certificate: Certificate, heard: list[CertificateRevoked]
) -> None:
    with at(2020, 9, 1):
        revoke(
            session,
            certificate.id,
            cause="origin_fraud",
            void_from=date(2020, 6, 15),
        )
    assert standing(session, certificate.product_id, shanghai(2020, 6, 14, 23, 59, 59)) == ["active"]
    assert standing(session, certificate.product_id, shanghai(2020, 6, 15)) == ["revoked"]
    assert (heard[0].void_from, heard[0].is_retroactive) == (day_start(date(2020, 6, 15)), True)


@pytest.mark.parametrize(
    ("cause", "since", "code"),
    [
        ("quality_incident", date(2020, 6, 15), "retroaction_not_allowed"),
        ("origin_fraud", date(2020, 6, 8), "void_from"),
        ("origin_fraud", date(2020, 9, 2), "void_from"),
        ("mood", None, "cause_unknown"),
    ],
)
def test_only_fraud_reaches_back_and_only_into_the_term(
    county: County,
    session: Session,
    certificate: Certificate,
    heard: list[CertificateRevoked],
    cause: str,
    since: date | None,
    code: str,
) -> None:
    with at(2020, 9, 1), pytest.raises(Invalid) as refused:
        revoke(session, certificate.id, cause=cause, void_from=since)
    assert refused.value.code == code
    assert (certificate.void_from, heard) == (None, [])
    assert history(session, certificate) == [("issued", None)]


def test_fraud_found_after_the_term_is_still_revoked(
    county: County, session: Session, certificate: Certificate, heard: list[CertificateRevoked]
) -> None:
    with at(2022, 8, 1):
        revoke(
            session,
            certificate.id,
            cause="false_evidence",
            void_from=date(2020, 6, 9),
        )
    assert standing(session, certificate.product_id, shanghai(2020, 7, 1)) == ["revoked"]
    assert len(heard) == 1


def test_a_revocation_is_told_to_the_producer(
    county: County, session: Session, certificate: Certificate
) -> None:
    with at(2020, 7, 1):
        revoke(session, certificate.id, cause="own_request")
    notice = session.scalars(select(InboxNotice).where(InboxNotice.kind == "certificate_revoked")).one()
    assert notice.organisation_id == county.producer.organisation_id
    assert notice.detail == {
        "cause": "own_request",
        "void_from": "2020-07-01T02:00:00+00:00",
        "scheme": "provincial",
    }


def proposed(session: Session, actor: Actor, certificate: Certificate) -> RevocationProposal:
    return propose_revocation(session, actor, certificate.id, cause="own_request", grounds="主体申请退出")


def test_a_proposal_changes_nothing_until_another_person_approves_it(
    county: County, session: Session, certificate: Certificate, heard: list[CertificateRevoked]
) -> None:
    first, second = county.offices["county_proposed"], county.offices["county_decided"]
    with at(2020, 7, 1):
        proposal = proposed(session, first, certificate)
        assert (proposal.state, proposal.proposed_by_person) == ("open", first.person_id)
        with pytest.raises(Forbidden) as refused:
            decide_revocation(session, first, proposal.number, verdict="approve", opinion="同意")
        assert refused.value.code == "same_person"
    assert (proposal.state, certificate.void_from, heard) == ("open", None, [])
    with at(2020, 7, 3) as decided:
        decide_revocation(
            session, second, proposal.number, verdict="approve", opinion="同意", document_no="1号"
        )
    assert (proposal.state, proposal.decided_by_person, proposal.decided_at) == (
        "approved",
        second.person_id,
        decided,
    )
    assert (certificate.revoked_at, certificate.void_from) == (decided, decided)
    assert [fact.revoked_at for fact in heard] == [decided]
    with at(2020, 7, 4), pytest.raises(Conflict) as late:
        decide_revocation(session, second, proposal.number, verdict="refuse", opinion="不同意")
    assert late.value.code == "proposal_decided"


def test_one_person_with_two_accounts_is_still_one_person(
    county: County, session: Session, certificate: Certificate
) -> None:
    first = county.offices["county_proposed"]
    with at(2020, 7, 1):
        proposal = proposed(session, first, certificate)
        again = replace(first, account_id=uuid.uuid4())
        for actor in (again, system_actor()):
            with pytest.raises(Forbidden) as refused:
                decide_revocation(session, actor, proposal.number, verdict="approve", opinion="同意")
            assert refused.value.code == "same_person"
        with pytest.raises(Forbidden) as refused:
            proposed(session, system_actor(), certificate)
        assert refused.value.code == "same_person"
    assert certificate.void_from is None


def test_a_refused_proposal_leaves_the_certificate_and_makes_room_for_another(
    county: County, session: Session, certificate: Certificate, heard: list[CertificateRevoked]
) -> None:
    first, second = county.offices["county_proposed"], county.offices["county_decided"]
    with at(2020, 7, 1):
        proposal = proposed(session, first, certificate)
        decide_revocation(session, second, proposal.number, verdict="refuse", opinion="证据不足")
    assert (proposal.state, proposal.opinion, certificate.void_from) == ("refused", "证据不足", None)
    assert history(session, certificate) == [("issued", None)]
    with at(2020, 7, 2):
        assert proposed(session, second, certificate).state == "open"
    assert heard == []


def test_a_second_proposal_waits_until_the_first_is_decided(
    county: County, session: Session, certificate: Certificate
) -> None:
    with at(2020, 7, 1):
        proposed(session, county.offices["county_proposed"], certificate)
        with pytest.raises(AlreadyExists) as refused, session.begin_nested():
            proposed(session, county.offices["county_decided"], certificate)
    assert refused.value.code == "proposal_open"


def test_retroaction_needs_evidence_that_the_proposer_uploaded(
    county: County, session: Session, certificate: Certificate
) -> None:
    first, second = county.offices["county_proposed"], county.offices["county_decided"]

    def propose(*evidence: uuid.UUID) -> RevocationProposal:
        return propose_revocation(
            session, first, certificate.id,
            cause="origin_fraud", grounds="外地产品", evidence=evidence, void_from=date(2020, 6, 15),
        )  # fmt: skip

    with at(2020, 9, 1):
        with pytest.raises(Invalid) as bare:
            propose()
        assert bare.value.code == "evidence_missing"
        with pytest.raises(InvalidMany) as foreign:
            propose(evidence_of(session, first), evidence_of(session, second))
        assert [(field.pointer, field.code) for field in foreign.value.fields] == [
            ("/evidence/1", "file_unknown")
        ]
        assert session.scalars(select(RevocationProposal)).all() == []
        paper = evidence_of(session, first)
        proposal = propose(paper)
    assert proposal.evidence == [{"file_id": str(paper), "sha256": b"evidence".ljust(32, b".").hex()}]


def test_what_was_proposed_is_judged_again_when_it_is_decided(
    county: County, session: Session, certificate: Certificate
) -> None:
    with at(2020, 7, 1):
        proposal = proposed(session, county.offices["county_proposed"], certificate)
    certificate.void_from = shanghai(2020, 7, 1, 11)  # amended meanwhile
    session.flush()
    with at(2020, 7, 2), pytest.raises(Conflict) as refused, session.begin_nested():
        decide_revocation(
            session, county.offices["county_decided"], proposal.number, verdict="approve", opinion="同意"
        )
    assert refused.value.code == "certificate_not_in_force"
    session.refresh(proposal)
    assert (proposal.state, certificate.revoked_at) == ("open", None)


def test_who_may_not_revoke_changes_nothing(
    county: County, session: Session, certificate: Certificate
) -> None:
    elsewhere = an_actor("county_officer", "441403")
    for actor in (elsewhere, county.applicant, an_actor("township_reviewer", county.area)):
        with pytest.raises(Forbidden):
            proposed(session, actor, certificate)
    with pytest.raises(NotFound):
        propose_revocation(
            session, county.offices["county_decided"], uuid.uuid4(), cause="own_request", grounds="退出"
        )
    # 行业部门 may propose; deciding is not theirs.
    proposal = proposed(session, county.offices["sector_reviewed"], certificate)
    for actor in (elsewhere, county.applicant, an_actor("sector_reviewer", county.area)):
        with pytest.raises(Forbidden):
            decide_revocation(session, actor, proposal.number, verdict="approve", opinion="同意")
    with pytest.raises(NotFound):
        decide_revocation(session, county.offices["county_decided"], "R0", verdict="approve", opinion="同意")
    assert (certificate.void_from, proposal.state) == (None, "open")


def follow_up(county: County, certificate: Certificate, kind: str) -> Application:
    return create_application(
        county.session,
        county.applicant,
        scheme=certificate.scheme,
        product_id=certificate.product_id,
        facts=FACTS,
        documents=county.papers,
        kind=kind,
        certificate_id=certificate.id,
    )


def pass_all(county: County, application: Application, day: date) -> None:
    """Everything in June 2022, the notice before `day`, the rest on it."""
    with at(2022, 5, 10):
        submit_application(county.session, county.applicant, application.number)
        for state in ("township_reviewed", "sector_reviewed", "county_proposed", "in_public_notice"):
            county.take(application, state)
    with at(day.year, day.month, day.day):
        for state in ("county_decided", "city_reviewed", "province_rechecked", "published"):
            county.take(application, state)


@pytest.mark.parametrize(
    ("decided", "valid_from", "valid_to"),
    [
        (date(2022, 6, 1), date(2022, 6, 9), date(2024, 6, 8)),
        (date(2022, 7, 1), date(2022, 7, 1), date(2024, 6, 30)),
    ],
)
def test_a_renewal_follows_without_overlap_and_a_late_one_leaves_a_gap(
    county: County,
    session: Session,
    certificate: Certificate,
    decided: date,
    valid_from: date,
    valid_to: date,
) -> None:
    with at(2022, 5, 10):
        application = follow_up(county, certificate, "renewal")
    pass_all(county, application, decided)
    renewed = session.scalars(select(Certificate).where(Certificate.application_id == application.id)).one()
    assert (renewed.valid_from, renewed.valid_to) == (valid_from, valid_to)
    assert renewed.catalogue_no == "450922-2022-03-0001"
    assert history(session, certificate) == [("issued", None), ("renewed", None)]
    late = standing(session, certificate.product_id, shanghai(2022, 6, 9))
    assert late == (["expired", "active"] if decided.month == 6 else ["expired", "not_yet_valid"])
    with at(2022, 6, 1), pytest.raises(Conflict) as refused:
        follow_up(county, certificate, "renewal")
    assert refused.value.code == "already_renewed"


def test_renewal_is_open_on_the_last_ninety_days_only(
    county: County, session: Session, certificate: Certificate
) -> None:
    with at(2022, 3, 10), pytest.raises(Conflict) as refused:
        follow_up(county, certificate, "renewal")
    assert refused.value.code == "renewal_not_open"
    with at(2022, 6, 9), pytest.raises(Conflict) as refused:
        follow_up(county, certificate, "renewal")
    assert refused.value.code == "certificate_not_in_force"
    with at(2022, 3, 11):
        assert follow_up(county, certificate, "renewal").state == "draft"


def test_a_first_application_beside_a_certificate_in_force_is_refused(
    county: County, session: Session, certificate: Certificate
) -> None:
    with at(2020, 7, 1), pytest.raises(Conflict) as refused:
        county.drafted()
    assert refused.value.code == "certificate_in_force"
    with at(2022, 6, 9):
        assert county.drafted().state == "draft"


def test_an_amended_spec_takes_over_the_rest_of_the_term(
    county: County, session: Session, certificate: Certificate
) -> None:
    county.product.spec = "10斤装"
    session.flush()
    with at(2022, 5, 10):
        application = follow_up(county, certificate, "amendment")
    pass_all(county, application, date(2022, 6, 1))
    amended = session.scalars(select(Certificate).where(Certificate.application_id == application.id)).one()
    assert (amended.spec, amended.valid_from, amended.valid_to) == (
        "10斤装",
        date(2022, 6, 2),
        date(2022, 6, 8),
    )
    product = certificate.product_id
    assert standing(session, product, shanghai(2022, 6, 1, 23, 59, 59)) == ["active", "not_yet_valid"]
    assert standing(session, product, shanghai(2022, 6, 2)) == ["amended", "active"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("category_code", "0202", "needs_new_application"),
        ("origin_area", "450923", "needs_new_application"),
        (None, None, "nothing_to_amend"),
    ],
)
def test_a_change_of_origin_or_category_is_a_new_application_and_no_change_is_none(
    county: County,
    session: Session,
    certificate: Certificate,
    column: str | None,
    value: str | None,
    code: str,
) -> None:
    if column:
        setattr(county.product, column, value)
        session.flush()
    with at(2020, 7, 1), pytest.raises(Conflict) as refused:
        follow_up(county, certificate, "amendment")
    assert refused.value.code == code


def test_a_certificate_may_not_begin_in_the_past(county: County, session: Session) -> None:
    application = county.carried("province_rechecked")
    with at(2020, 6, 10), pytest.raises(Invalid) as refused:
        issue_certificates(
            session,
            county.issuer("provincial"),
            numbers=[application.number],
            batch=3,
            opinion="同意",
            valid_from=date(2020, 6, 9),
        )
    assert refused.value.code == "starts_in_past"
    assert application.state == "province_rechecked"


def test_the_daily_job_tells_once_and_decides_nothing(
    county: County, session: Session, certificate: Certificate
) -> None:
    with at(2022, 3, 10):
        assert note_expiries(session) == {"expiring": 0, "expired": 0}
    with at(2022, 3, 11):
        assert note_expiries(session) == {"expiring": 1, "expired": 0}
        assert note_expiries(session) == {"expiring": 0, "expired": 0}
    notice = session.scalars(select(InboxNotice).where(InboxNotice.kind == "certificate_expiring")).one()
    assert notice.organisation_id == county.producer.organisation_id
    assert notice.detail == {
        "scheme": "provincial",
        "catalogue_no": "450922-2020-03-0001",
        "valid_to": "2022-06-08",
    }
    with at(2022, 6, 8):
        assert note_expiries(session) == {"expiring": 0, "expired": 0}
    assert standing(session, certificate.product_id, shanghai(2022, 6, 9)) == ["expired"]
    with at(2022, 6, 20):
        assert note_expiries(session) == {"expiring": 0, "expired": 1}
        assert note_expiries(session) == {"expiring": 0, "expired": 0}
    assert [kind for kind, _ in history(session, certificate)] == ["issued", "expiring", "expired"]


def test_every_line_of_a_certificates_history_is_told_of(county: County, session: Session) -> None:
    with listening_to(CertificateChanged) as told:
        certificate = county.certified()
        with at(2020, 7, 1):
            cause = next(iter(SUSPENSION_CAUSES))
            suspend_certificate(session, county.offices["county_decided"], certificate.id, cause=cause)
        with at(2020, 7, 2):
            reinstate_certificate(session, county.offices["county_decided"], certificate.id)
        with at(2022, 6, 9):
            note_expiries(session)
        with at(2022, 7, 1):
            revoke(session, certificate.id, cause="own_request")
    kinds = [kind for kind, _ in history(session, certificate)]
    assert kinds == ["issued", "suspended", "reinstated", "expired", "revoked"]
    assert [fact.kind for fact in told] == kinds
    assert {(fact.certificate_id, fact.product_id) for fact in told} == {
        (certificate.id, certificate.product_id)
    }
