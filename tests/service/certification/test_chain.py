"""From a draft to a certificate through every office of the chain, and every step that is not allowed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.certification.models import Application, ApplicationStep, Certificate
from marketplace.certification.rules.schemes import scheme_of, schemes
from marketplace.certification.service.active import certificates_active_for, certificates_of
from marketplace.certification.service.applications import (
    Document,
    create_application,
    edit_application,
    withdraw_application,
)
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.submission import submit_application
from marketplace.certification.service.transitions import evidence_hash
from marketplace.core.clock import day_of, shanghai
from marketplace.core.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    Invalid,
    InvalidMany,
    NotFound,
    PreconditionFailed,
)
from marketplace.core.ids import uuid7
from tests.support.certification import FACTS, County, an_actor, at

CHAIN = [step.state for step in schemes()["provincial"].steps]


def steps_of(session: Session, application: Application) -> list[str]:
    rows = session.scalars(
        select(ApplicationStep.to_state)
        .where(ApplicationStep.application_id == application.id)
        .order_by(ApplicationStep.id)
    )
    return list(rows)


def test_an_application_goes_through_every_office_and_becomes_a_certificate(
    county: County, session: Session
) -> None:
    application = county.carried("published")
    assert steps_of(session, application) == ["submitted", *CHAIN]
    certificate = session.scalars(select(Certificate)).one()
    assert certificate.catalogue_no == "450922-2020-03-0001"
    assert (certificate.valid_from, certificate.valid_to) == (date(2020, 6, 9), date(2022, 6, 8))
    assert (certificate.product_name, certificate.spec, certificate.batch) == ("百香果", "5斤装", "2020-03")
    assert (certificate.households_helped, certificate.persons_helped) == (226, 800)
    assert certificate.commodity_value_fen == 60_000_000
    assert application.rule_set == "aid_product_basics,guangxi_2020"
    assert application.evaluation is not None
    assert [found["passed"] for found in application.evaluation["sets"]] == [True, True]
    assert application.due_on is None
    told = session.scalars(select(InboxNotice.kind).where(InboxNotice.subject_id == application.number)).all()
    assert told == ["application_decided"]


def test_every_step_keeps_officer_time_opinion_and_the_hash_of_the_evidence(
    county: County, session: Session
) -> None:
    application = county.carried("sector_reviewed")
    steps = session.scalars(select(ApplicationStep).order_by(ApplicationStep.id)).all()
    assert [step.opinion for step in steps] == [None, "同意", "同意"]
    assert [step.actor_person for step in steps] == [
        county.applicant.person_id,
        county.offices["township_reviewed"].person_id,
        county.offices["sector_reviewed"].person_id,
    ]
    assert {step.evidence_hash for step in steps} == {evidence_hash(application)}
    assert [step.at for step in steps] == [shanghai(2020, 6, 1, 10), *[shanghai(2020, 6, 2, 10)] * 2]
    # 5 working days from Tuesday 06-02, the day itself not counted
    assert application.due_on == date(2020, 6, 9)


@pytest.mark.parametrize("code", ["national_2020", "provincial", "platform_832"])
def test_each_scheme_walks_its_own_chain(county: County, session: Session, code: str) -> None:
    with at(2020, 6, 1):
        extra = {"registered_in_832_county": True, "produced_in_aid_county": True}
        application = county.submitted(code, **extra)
    county.carry(application, "published")
    assert steps_of(session, application) == ["submitted", *(step.state for step in scheme_of(code).steps)]


def test_a_quality_mark_is_certified_but_makes_no_aid(county: County, session: Session) -> None:
    certificate = county.certified("zhenpin")
    [standing] = certificates_active_for(session, [county.product.id], shanghai(2020, 7, 1))[
        county.product.id
    ]
    assert (standing.id, standing.scheme) == (certificate.id, "zhenpin")
    assert not scheme_of(standing.scheme).makes_certified_aid(date(2020, 7, 1))


def test_a_certificate_is_active_to_the_last_second_of_its_last_day(county: County, session: Session) -> None:
    application = county.carried("province_rechecked")
    with at(2020, 9, 12):
        county.take(application, "published")

    def active(*instant: int) -> list[tuple[str, bool]]:
        at_then = shanghai(*instant)
        rows = certificates_active_for(session, [county.product.id], at_then)[county.product.id]
        return [(row.scheme, scheme_of(row.scheme).makes_certified_aid(day_of(at_then))) for row in rows]

    number = "provincial"
    assert active(2020, 9, 11, 23, 59, 59) == []
    assert active(2020, 9, 12) == [(number, True)]
    assert active(2022, 9, 11, 23, 59, 59) == [(number, True)]
    assert active(2022, 9, 12) == []
    after = shanghai(2022, 9, 12)
    [expired] = certificates_of(session, [county.product.id], after)[county.product.id]
    assert expired.standing(after) == "expired"


def test_every_product_asked_about_has_an_answer(county: County, session: Session) -> None:
    county.certified()
    other = county.new_product("荔枝干")
    found = certificates_active_for(session, [county.product.id, other.id], shanghai(2020, 7, 1))
    assert {product: len(rows) for product, rows in found.items()} == {county.product.id: 1, other.id: 0}


@pytest.mark.parametrize("state", ["draft", "submitted", *CHAIN])
def test_an_office_whose_turn_it_is_not_decides_nothing(county: County, session: Session, state: str) -> None:
    if state == "draft":
        with at(2020, 6, 1):
            application = county.drafted()
    else:
        application = county.carried(state)
    scheme = scheme_of("provincial")
    due = scheme.step_after(state)
    before = (application.state, application.row_version, len(steps_of(session, application)))
    with at(2020, 7, 1):
        for step in scheme.steps:
            if due is not None and step.permission == due.permission and step.level == due.level:
                continue
            actor = county.office(step.state, "provincial")
            with pytest.raises((IllegalTransition, Forbidden, Conflict)) as refused:
                if step.kind == "issue":
                    issue_certificates(session, actor, numbers=[application.number], batch=3, opinion="同意")
                else:
                    decide(session, actor, [application.number], "pass", "同意")
            assert refused.value.status in (403, 409)
        with pytest.raises(DomainError) as refused:
            submit_application(session, county.applicant, application.number) if state != "draft" else decide(
                session, county.offices["county_proposed"], [application.number], "return", "退回"
            )
        assert refused.value.status == 409
    assert (application.state, application.row_version, len(steps_of(session, application))) == before


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "published"])
def test_nothing_moves_an_application_that_has_ended(county: County, session: Session, state: str) -> None:
    if state == "published":
        application = county.carried("published")
    else:
        application = county.carried("submitted")
        with at(2020, 6, 2):
            if state == "rejected":
                decide(session, county.offices["township_reviewed"], [application.number], "reject", "不符合")
            else:
                withdraw_application(session, county.applicant, application.number, "不再申报")
    assert application.state == state
    steps = steps_of(session, application)
    with at(2020, 7, 1):
        for verdict in ("pass", "return", "reject"):
            for office in county.offices.values():
                with pytest.raises(DomainError) as refused:
                    decide(session, office, [application.number], verdict, "意见")
                assert refused.value.status == 409
        for act in (
            lambda: submit_application(session, county.applicant, application.number),
            lambda: withdraw_application(session, county.applicant, application.number, "撤回"),
            lambda: edit_application(session, county.applicant, application.number, facts={}, documents=[]),
        ):
            with pytest.raises(Conflict):
                act()
    assert application.state == state
    assert steps_of(session, application) == steps


def test_a_returned_application_keeps_its_number_and_passes_every_office_again(
    county: County, session: Session
) -> None:
    application = county.carried("county_proposed")
    number = application.number
    with at(2020, 6, 3):
        county.hang(application)
    with at(2020, 6, 10):
        decide(session, county.offices["county_decided"], [number], "return", "用工名单不全")
    assert (application.state, application.returned_from) == ("returned", "in_public_notice")
    with at(2020, 6, 11):
        edit_application(
            session,
            county.applicant,
            number,
            facts=FACTS | {"workers_registered": 31},
            documents=county.papers,
        )
        submit_application(session, county.applicant, number)
    assert (application.number, application.state, application.round) == (number, "submitted", 2)
    assert application.returned_from is None
    for state in ("township_reviewed", "sector_reviewed", "county_proposed"):
        with at(2020, 6, 12):
            county.take(application, state)
    told = session.scalars(select(InboxNotice.kind).where(InboxNotice.subject_id == number)).all()
    assert told == ["application_returned"]


def test_a_notice_of_an_earlier_round_does_not_count_again(county: County, session: Session) -> None:
    application = county.carried("in_public_notice")
    with at(2020, 6, 10):
        decide(session, county.offices["county_decided"], [application.number], "return", "补充材料")
        submit_application(session, county.applicant, application.number)
        for state in ("township_reviewed", "sector_reviewed", "county_proposed"):
            county.take(application, state)
        county.hang(application)
        with pytest.raises(Conflict) as refused:
            decide(session, county.offices["county_decided"], [application.number], "pass", "同意")
    assert refused.value.code == "notice_running"
    assert application.state == "in_public_notice"


def test_only_one_application_of_a_product_and_scheme_is_open(county: County, session: Session) -> None:
    county.drafted()
    with pytest.raises(AlreadyExists) as refused, session.begin_nested():
        county.drafted()
    assert refused.value.code == "application_open"


def test_thresholds_are_asked_at_submission_and_a_failing_application_stays_a_draft(
    county: County, session: Session
) -> None:
    with at(2020, 6, 1):
        application = county.drafted(workers_registered=29, workers_total=300)
        with pytest.raises(InvalidMany) as refused:
            submit_application(session, county.applicant, application.number)
    assert refused.value.code == "rules_not_met"
    assert [problem.message for problem in refused.value.fields] == ["未达到:四项具备其一"]
    assert (application.state, application.round, application.evaluation) == ("draft", 0, None)


def test_the_category_of_the_dossier_puts_a_product_on_the_negative_list(
    county: County, session: Session
) -> None:
    county.product.name, county.product.category_code = "客家陈酿", "110101"
    with at(2020, 6, 1):
        application = county.drafted(negative_list_class="none")
        with pytest.raises(InvalidMany) as refused:
            submit_application(session, county.applicant, application.number)
    assert [problem.message for problem in refused.value.fields] == ["未达到:不属于烟、酒、名贵土特产品等"]
    assert (application.state, application.round) == ("draft", 0)


def test_what_the_dossier_says_cannot_be_declared(county: County, session: Session) -> None:
    with pytest.raises(InvalidMany) as refused:
        county.drafted(entity_kind="leading_enterprise", production_area="451400")
    assert [problem.pointer for problem in refused.value.fields] == [
        "/facts/entity_kind",
        "/facts/production_area",
    ]
    assert session.scalar(select(func.count()).select_from(Application)) == 0


def test_a_product_on_the_negative_list_is_refused_at_submission(county: County, session: Session) -> None:
    wine = county.new_product("陆川米酒")
    with at(2020, 6, 1):
        application = county.drafted(product=wine)
        with pytest.raises(InvalidMany) as refused:
            submit_application(session, county.applicant, application.number)
    assert [problem.message for problem in refused.value.fields] == ["未达到:不属于烟、酒、名贵土特产品等"]


def test_places_and_kinds_of_applicants_outside_the_scheme_are_refused(session: Session) -> None:
    with at(2020, 6, 1):
        eastern = County(session, "441403")
        draft = eastern.drafted("national_2020")
        with pytest.raises(Invalid) as refused:
            submit_application(session, eastern.applicant, draft.number)
        assert refused.value.code == "place_not_admitted"
        western = County(session)
        western.producer.entity_kind = "individual_business"
        draft = western.drafted()
        with pytest.raises(Invalid) as refused:
            submit_application(session, western.applicant, draft.number)
        assert refused.value.code == "applicant_not_admitted"


def test_before_any_rule_was_in_force_nothing_can_be_applied_for(county: County, session: Session) -> None:
    with at(2020, 1, 15):
        draft = county.drafted("national_2020")
        with pytest.raises(Invalid) as refused:
            submit_application(session, county.applicant, draft.number)
    assert refused.value.code == "no_rules"


def test_documents_must_be_known_papers_and_files_of_the_applicant(county: County, session: Session) -> None:
    other = County(session)
    with pytest.raises(InvalidMany) as refused:
        create_application(
            session,
            county.applicant,
            scheme="provincial",
            product_id=county.product.id,
            facts={},
            documents=[
                Document("poem", county.papers[0].file_id),
                other.papers[0],
                Document("quality_report", uuid7()),
            ],
        )
    assert [problem.code for problem in refused.value.fields] == [
        "document_unknown",
        "file_unknown",
        "file_unknown",
    ]


def test_another_producer_can_neither_see_nor_apply_for_the_product(county: County, session: Session) -> None:
    stranger = County(session).applicant
    application = county.drafted()
    for act in (
        lambda: submit_application(session, stranger, application.number),
        lambda: create_application(
            session, stranger, scheme="zhenpin", product_id=county.product.id, facts={}, documents=[]
        ),
        lambda: edit_application(session, stranger, application.number, facts={}, documents=[]),
    ):
        with pytest.raises(NotFound):
            act()
    assert application.state == "draft"


def test_an_edit_of_an_older_version_is_refused(county: County, session: Session) -> None:
    application = county.drafted()
    edit_application(
        session,
        county.applicant,
        application.number,
        facts=FACTS,
        documents=county.papers,
        expected_version=1,
    )
    with pytest.raises(PreconditionFailed):
        edit_application(
            session, county.applicant, application.number, facts={}, documents=[], expected_version=1
        )
    assert application.row_version == 2
    assert application.facts["values"]["workers_total"] == 400


def test_the_applicant_may_withdraw_until_the_first_office_has_acted(
    county: County, session: Session
) -> None:
    early = county.carried("submitted")
    withdraw_application(session, county.applicant, early.number, "不再申报")
    assert early.state == "withdrawn"
    late = county.carried("township_reviewed")
    with pytest.raises(IllegalTransition):
        withdraw_application(session, county.applicant, late.number, "不再申报")
    assert late.state == "township_reviewed"


def test_an_official_of_another_area_does_not_know_of_it(county: County, session: Session) -> None:
    application = county.carried("submitted")
    with pytest.raises(NotFound):
        decide(session, an_actor("township_reviewer", "441403"), [application.number], "pass", "同意")
    assert application.state == "submitted"


def test_what_has_changed_since_it_was_reviewed_is_not_certified(county: County, session: Session) -> None:
    application = county.carried("province_rechecked")
    county.product.spec = "10斤装"
    session.flush()
    with at(2020, 6, 10), pytest.raises(Conflict) as refused:
        county.take(application, "published")
    assert refused.value.code == "product_changed"
    assert session.scalar(select(func.count()).select_from(Certificate)) == 0
