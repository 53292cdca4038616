"""Who may not decide: the applicant, the applicant's own people, whoever has judged already, and the wrong level."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.permissions import role
from marketplace.certification.models import ApplicationStep, Certificate
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.submission import submit_application
from marketplace.core.actor import Held, system_actor
from marketplace.core.errors import Conflict, Forbidden, IllegalTransition, Invalid, NotFound
from tests.support.certification import County, an_actor, at


def test_the_applicant_does_not_review_even_with_an_official_role(county: County, session: Session) -> None:
    application = county.carried("submitted")
    official = Held("township_reviewer", role("township_reviewer").permissions, county.area)
    two_hats = replace(
        county.offices["township_reviewed"], person_id=county.applicant.person_id, held=(official,)
    )
    with pytest.raises(Forbidden) as refused:
        decide(session, two_hats, [application.number], "pass", "同意")
    assert refused.value.code == "same_person"
    assert application.state == "submitted"


def test_nobody_reviews_an_application_of_their_own_organisation(county: County, session: Session) -> None:
    application = county.carried("submitted")
    colleague = replace(county.offices["township_reviewed"], organisation_id=county.producer.organisation_id)
    with pytest.raises(Forbidden) as refused:
        decide(session, colleague, [application.number], "pass", "同意")
    assert refused.value.code == "own_organisation"
    assert application.state == "submitted"


def test_who_proposed_does_not_decide_and_who_decided_does_not_issue(
    county: County, session: Session
) -> None:
    application = county.carried("in_public_notice")
    with at(2020, 6, 9):
        with pytest.raises(Forbidden) as refused:
            decide(session, county.offices["county_proposed"], [application.number], "pass", "同意")
        assert refused.value.code == "same_person"
        county.take(application, "county_decided")
        county.take(application, "city_reviewed")
        county.take(application, "province_rechecked")
        issuer = county.issuer("provincial")
        same = replace(issuer, person_id=county.offices["county_decided"].person_id)
        with pytest.raises(Forbidden):
            issue_certificates(session, same, numbers=[application.number], batch=1, opinion="同意")
    assert application.state == "province_rechecked"
    assert session.scalar(select(func.count()).select_from(Certificate)) == 0


def test_who_hung_the_notice_may_decide_for_hanging_is_no_judgement(county: County, session: Session) -> None:
    application = county.carried("in_public_notice")
    with at(2020, 6, 9):
        decide(session, county.offices["in_public_notice"], [application.number], "pass", "同意")
    assert application.state == "county_decided"


def test_a_new_round_may_be_judged_by_the_same_persons(county: County, session: Session) -> None:
    application = county.carried("township_reviewed")
    with at(2020, 6, 3):
        decide(session, county.offices["sector_reviewed"], [application.number], "return", "补充材料")
        submit_application(session, county.applicant, application.number)
        decide(session, county.offices["township_reviewed"], [application.number], "pass", "同意")
    assert (application.state, application.round) == ("township_reviewed", 2)


@pytest.mark.parametrize("area", ["450000", "000000"])
def test_a_county_role_held_over_a_province_or_the_nation_decides_for_no_county(
    county: County, session: Session, area: str
) -> None:
    application = county.carried("sector_reviewed")
    with pytest.raises(Forbidden) as refused:
        decide(session, an_actor("county_officer", area), [application.number], "pass", "同意")
    assert refused.value.code == "wrong_level"
    assert application.state == "sector_reviewed"


def test_in_a_city_without_counties_the_city_takes_the_steps_of_the_county(session: Session) -> None:
    with at(2020, 5, 28):
        county = County(session, "441900")
    application = county.carried("published", "city_local")
    assert application.state == "published"


def test_another_role_of_the_same_county_does_not_take_the_step(county: County, session: Session) -> None:
    application = county.carried("submitted")
    with pytest.raises(Forbidden) as refused:
        decide(session, county.offices["county_proposed"], [application.number], "pass", "同意")
    assert refused.value.code == "role"


def test_the_service_itself_judges_nothing(county: County, session: Session) -> None:
    application = county.carried("submitted")
    with pytest.raises(Forbidden):
        decide(session, system_actor(), [application.number], "pass", "同意")
    assert application.state == "submitted"


@pytest.mark.parametrize(
    ("verdict", "opinion", "code"), [("approve", "同意", "verdict_unknown"), ("pass", "  ", "required")]
)
def test_a_decision_needs_a_known_verdict_and_an_opinion(
    county: County, session: Session, verdict: str, opinion: str, code: str
) -> None:
    application = county.carried("submitted")
    with pytest.raises(Invalid) as refused:
        decide(session, county.offices["township_reviewed"], [application.number], verdict, opinion)
    assert refused.value.code == code
    assert application.state == "submitted"


def test_a_batch_is_decided_together(county: County, session: Session) -> None:
    products = [county.new_product(f"果{n}") for n in range(5)]
    with at(2020, 6, 1):
        applications = [county.submitted(product=product) for product in products]
        numbers = [application.number for application in applications]
        decide(session, county.offices["township_reviewed"], numbers, "pass", "同意")
    assert {application.state for application in applications} == {"township_reviewed"}
    assert session.scalar(select(func.count()).select_from(ApplicationStep)) == 10


def test_one_application_that_may_not_be_decided_refuses_the_batch(county: County, session: Session) -> None:
    with at(2020, 6, 1):
        ready = county.submitted(product=county.new_product("果"))
        draft = county.drafted(product=county.new_product("茶"))
        for numbers in ([ready.number, draft.number], [ready.number, "A000"], []):
            with pytest.raises((IllegalTransition, Conflict, NotFound, Invalid)):
                decide(session, county.offices["township_reviewed"], numbers, "pass", "同意")
    assert (ready.state, draft.state) == ("submitted", "draft")


def test_a_batch_of_certificates_is_numbered_without_gaps_in_its_county_and_batch(
    county: County, session: Session
) -> None:
    products = [county.new_product(f"果{n}") for n in range(3)]
    applications = [county.carried("province_rechecked", product=product) for product in products]
    with at(2020, 6, 9):
        issuer = county.issuer("provincial")
        first = issue_certificates(session, issuer, numbers=[applications[0].number], batch=3, opinion="同意")
        rest = issue_certificates(
            session, issuer, numbers=[a.number for a in applications[1:]], batch=3, opinion="同意"
        )
    assert [c.catalogue_no for c in [*first, *rest]] == [f"450922-2020-03-000{n}" for n in (1, 2, 3)]
