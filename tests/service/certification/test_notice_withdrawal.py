"""Withdrawing a notice: who, when, where its applications go, and that they can be hung again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import InboxNotice
from marketplace.certification.models import Application, ApplicationStep, Notice
from marketplace.certification.rules.notices import NoticeTerms
from marketplace.certification.service import decisions, notices
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.objections import raise_objection, resolve_objection
from marketplace.certification.service.public import notice_standing, public_content
from marketplace.certification.service.withdrawal import withdraw_notice
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.models import AuditRecord
from tests.support.certification import County, an_actor, at

REASON = "公示名单有误"


def hung(county: County) -> tuple[Application, Notice]:
    """An application in notice 2020-06-02 … 06-08, and the notice."""
    application = county.carried("county_proposed")
    with at(2020, 6, 2):
        return application, county.hang(application)


def withdraw(county: County, session: Session, notice: Notice) -> None:
    withdraw_notice(session, county.offices["in_public_notice"], notice.number, reason=REASON)


def test_a_withdrawn_notice_keeps_its_head_and_reason_and_loses_its_list(
    county: County, session: Session
) -> None:
    application, notice = hung(county)
    frozen = dict(notice.content)
    with at(2020, 6, 4) as now:
        withdraw(county, session, notice)
        assert notice_standing(notice) == "withdrawn"
    assert (notice.state, notice.withdrawn_at, notice.withdrawal_reason) == ("withdrawn", now, REASON)
    assert notice.withdrawn_by == county.offices["in_public_notice"].audit_id
    assert public_content(notice) == {key: value for key, value in frozen.items() if key != "items"}
    assert notice.content == frozen  # what hung on the board is still proven by its hash
    assert notices.content_hash(notice.content) == notice.content_hash
    assert application.state == "county_proposed"
    last = session.scalars(select(ApplicationStep).order_by(ApplicationStep.id.desc()).limit(1)).one()
    assert (last.from_state, last.to_state, last.opinion) == ("in_public_notice", "county_proposed", REASON)
    told = session.scalars(select(InboxNotice).where(InboxNotice.kind == "notice_withdrawn")).one()
    assert told.organisation_id == county.producer.organisation_id
    assert told.detail == {"notice": notice.number, "state": "county_proposed"}
    audited = session.scalars(
        select(AuditRecord.detail).where(AuditRecord.action == "certification.notice.withdrawn")
    ).all()
    assert audited == [{"applications": 1}]


def test_after_a_withdrawal_nothing_goes_on_without_a_new_notice(county: County, session: Session) -> None:
    application, notice = hung(county)
    with at(2020, 6, 4):
        withdraw(county, session, notice)
    with at(2020, 6, 12):
        with pytest.raises(Conflict) as refused:
            decide(session, county.offices["county_decided"], [application.number], "pass", "同意")
        assert refused.value.code == "notice_due"
        again = county.hang(application)
        assert again.number != notice.number
    assert application.state == "in_public_notice"
    with at(2020, 6, 19):  # its last day is 06-18
        # Whoever took the first notice down has judged nothing, and may decide.
        officer = county.offices["in_public_notice"]
        decide(session, officer, [application.number], "pass", "同意")
    assert application.state == "county_decided"


def test_only_an_officer_of_the_issuing_office_withdraws_and_only_while_it_runs(
    county: County, session: Session
) -> None:
    application, notice = hung(county)
    officer = county.offices["in_public_notice"]
    with at(2020, 6, 4):
        for actor in (county.offices["township_reviewed"], county.offices["city_reviewed"], county.applicant):
            with pytest.raises(Forbidden):
                withdraw_notice(session, actor, notice.number, reason=REASON)
        with pytest.raises(NotFound):
            withdraw_notice(session, an_actor("county_officer", "441403"), notice.number, reason=REASON)
        with pytest.raises(NotFound):
            withdraw_notice(session, officer, "N0", reason=REASON)
        with pytest.raises(Invalid) as empty:
            withdraw_notice(session, officer, notice.number, reason=" ")
        assert empty.value.code == "required"
    with at(2020, 6, 9), pytest.raises(Conflict) as late:
        withdraw(county, session, notice)
    assert late.value.code == "notice_over"
    assert (notice.state, application.state) == ("running", "in_public_notice")
    with at(2020, 6, 8):  # its last day
        withdraw(county, session, notice)
        with pytest.raises(Conflict) as twice:
            withdraw(county, session, notice)
    assert twice.value.code == "notice_withdrawn"


@pytest.mark.parametrize(("outcome", "state"), [("dismissed", "county_proposed"), ("upheld", "returned")])
def test_an_open_objection_outlives_the_notice_and_is_still_answered(
    county: County, session: Session, outcome: str, state: str
) -> None:
    application, notice = hung(county)
    with at(2020, 6, 3):
        objection = raise_objection(session, notice.number, application.number, "用工名单不实")
    with at(2020, 6, 4):
        withdraw(county, session, notice)
        assert application.state == "objection_open"
        with pytest.raises(Conflict) as refused:
            raise_objection(session, notice.number, application.number, "我也有异议")
        assert refused.value.code == "notice_withdrawn"
    with at(2020, 6, 5):
        resolve_objection(
            session,
            county.offices["county_decided"],
            objection.receipt_no,
            outcome=outcome,
            resolution="已查",
        )
    assert (objection.state, application.state) == (outcome, state)


def test_one_board_taken_down_leaves_the_application_on_the_other_but_blocks_its_decision(
    county: County, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = NoticeTerms(5, "working", True, ("county", "village"))
    for module in (notices, decisions):
        monkeypatch.setattr(module, "notice_terms_for", lambda *_: terms)
    application = county.carried("county_proposed")
    with at(2020, 6, 2):
        first = county.hang(application, level="county")
        county.hang(application, level="village")
        withdraw(county, session, first)
    assert application.state == "in_public_notice"
    with at(2020, 6, 10):
        with pytest.raises(Conflict) as refused:
            decide(session, county.offices["county_decided"], [application.number], "pass", "同意")
        assert (refused.value.code, refused.value.extra["levels"]) == ("notice_missing", ["county"])
        county.hang(application, level="county")
    assert application.state == "in_public_notice"
