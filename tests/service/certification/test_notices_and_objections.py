"""Notices: length, form, small counts, frozen content; objections: who, when, what they hold up."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.certification.models import Application, Notice, Objection
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.notices import content_hash
from marketplace.certification.service.objections import raise_objection, read_objection, resolve_objection
from marketplace.certification.service.submission import submit_application
from marketplace.core.errors import Conflict, Forbidden, IllegalTransition, Invalid, NotFound
from marketplace.core.models import AuditRecord
from tests.support.certification import COUNTY, FORM, County, an_actor, at


def proposed(county: County, name: str = "百香果", **facts: object) -> Application:
    with at(2020, 6, 1):
        application = county.submitted(product=county.new_product(name, "1斤装"), **facts)
        for state in ("township_reviewed", "sector_reviewed", "county_proposed"):
            county.take(application, state)
    return application


def test_a_notice_of_five_working_days_over_the_national_holiday_ends_on_the_tenth(county: County) -> None:
    application = proposed(county)
    with at(2020, 9, 28):
        notice = county.hang(application)
    assert (notice.starts_on, notice.ends_on) == (date(2020, 9, 28), date(2020, 10, 10))


def test_a_notice_says_who_signs_who_receives_and_that_nothing_is_charged(county: County) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        notice = county.hang(application)
    assert notice.content == {
        "number": notice.number,
        "scheme": "省级扶贫产品",
        "title": FORM.title,
        "issuing_unit": "陆川县扶贫办",
        "receiving_unit": "陆川县扶贫办产业股",
        "telephone": "0775-7200000",
        "document_no": "陆扶办〔2020〕9号",
        "starts_on": "2020-06-02",
        "ends_on": "2020-06-08",
        "days": 5,
        "day_unit": "working",
        "dates_provisional": False,
        "statement": "认定和统计不收取任何费用",
        "items": [
            {
                "application_number": application.number,
                "product_name": "百香果",
                "spec": "1斤装",
                "producer_name": "演示合作社",
                "area_code": COUNTY,
                "area_name": "广西壮族自治区玉林市陆川县",
                "households_helped": "226",
            }
        ],
    }
    assert notice.content_hash == content_hash(notice.content)


@pytest.mark.parametrize(("households", "shown"), [(0, "少于3户"), (2, "少于3户"), (3, "3"), (None, None)])
def test_fewer_than_three_households_are_not_counted_out(
    county: County, households: int | None, shown: str | None
) -> None:
    application = proposed(county, households_helped=households)
    with at(2020, 6, 2):
        notice = county.hang(application)
    assert notice.content["items"][0]["households_helped"] == shown


def test_the_decision_waits_for_the_end_of_the_notice(county: County, session: Session) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        county.hang(application)
    with at(2020, 6, 8, 23), pytest.raises(Conflict) as refused:
        county.take(application, "county_decided")
    assert refused.value.code == "notice_running"
    assert application.state == "in_public_notice"
    with at(2020, 6, 9, 0):
        county.take(application, "county_decided")
    assert application.state == "county_decided"


def test_a_place_with_three_boards_needs_all_of_them(session: Session) -> None:
    with at(2021, 2, 1):
        county = County(session, "611023")
        application = county.submitted("national_2020", benefit_modes=["employment"])
        for state in ("township_reviewed", "sector_reviewed", "county_proposed"):
            county.take(application, state)
        county.hang(application, level="village")
        county.hang(application, level="town")
        with pytest.raises(Conflict) as again:
            county.hang(application, level="town")
        assert again.value.code == "notice_exists"
    with at(2021, 3, 1):
        with pytest.raises(Conflict) as refused:
            county.take(application, "county_decided")
        assert (refused.value.code, refused.value.extra) == ("notice_missing", {"levels": ["county"]})
        county.hang(application, level="county")
    with at(2021, 3, 8):
        county.take(application, "county_decided")
    assert application.state == "county_decided"


def test_a_board_that_nobody_asked_for_and_a_past_first_day_are_refused(
    county: County, session: Session
) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        for arguments in ({"level": "village"}, {"starts_on": date(2020, 6, 1)}):
            with pytest.raises(Invalid):
                county.hang(application, **arguments)
    assert application.state == "county_proposed"
    assert session.scalar(select(func.count()).select_from(Notice)) == 0


def test_only_what_the_county_has_proposed_is_noticed(county: County, session: Session) -> None:
    application = county.carried("sector_reviewed")
    with at(2020, 6, 3), pytest.raises(IllegalTransition):
        county.hang(application)
    assert session.scalar(select(func.count()).select_from(Notice)) == 0


def test_a_notice_cannot_be_changed_unseen(county: County, session: Session) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        notice = county.hang(application)
    session.execute(
        text(
            "UPDATE certification.notice SET content = jsonb_set(content, '{title}', '\"x\"') WHERE id = :id"
        ),
        {"id": notice.id},
    )
    session.refresh(notice)
    assert content_hash(notice.content) != notice.content_hash


def test_an_objection_holds_the_application_until_it_is_answered(county: County, session: Session) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        notice = county.hang(application)
    with at(2020, 6, 8, 23):
        first = raise_objection(session, notice.number, application.number, "用工名单不实")
        second = raise_objection(
            session, notice.number, application.number, "原料外购", objector="李某 13800138000"
        )
    assert application.state == "objection_open"
    assert (first.is_real_name, second.is_real_name) == (False, True)
    told = session.scalars(select(InboxNotice).where(InboxNotice.kind == "objection_filed")).all()
    assert {row.subject_id for row in told} == {first.receipt_no, second.receipt_no}
    assert {row.account_id for row in told} == {county.offices["in_public_notice"].account_id}
    officer = county.offices["county_decided"]
    with at(2020, 6, 10):
        with pytest.raises(Conflict) as refused:
            decide(session, officer, [application.number], "pass", "同意")
        assert refused.value.code == "objection_open"
        resolve_objection(session, officer, first.receipt_no, outcome="dismissed", resolution="经核查属实")
        assert application.state == "objection_open"
        resolve_objection(session, officer, second.receipt_no, outcome="dismissed", resolution="原料为自产")
        assert application.state == "in_public_notice"
        decide(session, officer, [application.number], "pass", "同意")
    assert application.state == "county_decided"


@pytest.mark.parametrize("consequence", ["returned", "rejected"])
def test_an_objection_that_is_upheld_returns_or_rejects(
    county: County, session: Session, consequence: str
) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        notice = county.hang(application)
        objection = raise_objection(session, notice.number, application.number, "用工名单不实")
        resolve_objection(
            session,
            county.offices["county_decided"],
            objection.receipt_no,
            outcome="upheld",
            resolution="名单与工资表不符",
            consequence=consequence,
        )
    assert (application.state, objection.state) == (consequence, "upheld")
    with at(2020, 6, 3), pytest.raises(Conflict) as refused:
        resolve_objection(
            session,
            county.offices["county_decided"],
            objection.receipt_no,
            outcome="dismissed",
            resolution="再议",
        )
    assert refused.value.code == "objection_closed"


def test_an_objection_of_an_earlier_round_still_blocks_until_it_is_answered(
    county: County, session: Session
) -> None:
    application = proposed(county)
    officer = county.offices["county_decided"]
    with at(2020, 6, 2):
        notice = county.hang(application)
        upheld = raise_objection(session, notice.number, application.number, "用工名单不实")
        left = raise_objection(session, notice.number, application.number, "原料外购")
        resolve_objection(session, officer, upheld.receipt_no, outcome="upheld", resolution="补正")
        submit_application(session, county.applicant, application.number)
        for state in ("township_reviewed", "sector_reviewed", "county_proposed"):
            county.take(application, state)
        county.hang(application)
    with at(2020, 6, 10):
        with pytest.raises(Conflict) as refused:
            county.take(application, "county_decided")
        assert refused.value.code == "objection_open"
        resolve_objection(session, officer, left.receipt_no, outcome="dismissed", resolution="原料为自产")
        county.take(application, "county_decided")
    assert application.state == "county_decided"


@pytest.mark.parametrize(("day", "code"), [(2, "notice_not_begun"), (10, "notice_over")])
def test_objections_are_taken_only_while_the_notice_hangs(
    county: County, session: Session, day: int, code: str
) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        notice = county.hang(application, starts_on=date(2020, 6, 3))
    assert notice.ends_on == date(2020, 6, 9)
    with at(2020, 6, day), pytest.raises(Conflict) as refused:
        raise_objection(session, notice.number, application.number, "用工名单不实")
    assert refused.value.code == code
    assert application.state == "in_public_notice"
    assert session.scalar(select(func.count()).select_from(Objection)) == 0


def test_an_objection_must_name_a_notice_that_shows_the_application(county: County, session: Session) -> None:
    shown, other = proposed(county), proposed(county, "荔枝干")
    with at(2020, 6, 2):
        notice = county.hang(shown)
        with pytest.raises(NotFound):
            raise_objection(session, notice.number, other.number, "用工名单不实")
        with pytest.raises(Invalid):
            raise_objection(session, notice.number, shown.number, "  ")


def test_what_an_objector_wrote_is_stored_encrypted_and_each_reading_is_recorded(
    county: County, session: Session
) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        notice = county.hang(application)
        objection = raise_objection(
            session, notice.number, application.number, "用工名单不实", objector="李某 13800138000"
        )
    raw = session.execute(text("SELECT text_enc, objector_enc FROM certification.objection")).one()
    assert not any(b"13800138000" in bytes(cell) or "不实".encode() in bytes(cell) for cell in raw)
    read = read_objection(session, county.offices["county_decided"], objection.receipt_no)
    assert (read.text, read.objector) == ("用工名单不实", "李某 13800138000")
    session.flush()
    read_for = select(AuditRecord.purpose).where(AuditRecord.action == "certification.objection.read")
    assert session.scalars(read_for).all() == ["处理公示异议"]
    for stranger in (
        county.applicant,
        an_actor("township_reviewer", COUNTY),
        an_actor("county_officer", "441403"),
    ):
        with pytest.raises((Forbidden, NotFound)):
            read_objection(session, stranger, objection.receipt_no)


def test_the_applicant_does_not_answer_objections_to_the_application(
    county: County, session: Session
) -> None:
    application = proposed(county)
    with at(2020, 6, 2):
        notice = county.hang(application)
        objection = raise_objection(session, notice.number, application.number, "用工名单不实")
    with pytest.raises((Forbidden, NotFound)):
        resolve_objection(
            session, county.applicant, objection.receipt_no, outcome="dismissed", resolution="不成立"
        )
    assert (objection.state, application.state) == ("open", "objection_open")
