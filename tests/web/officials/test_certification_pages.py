"""Officials on pages: what waits, a review beside its rules, a notice with its days, an objection answered, certificates."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.certification.models import Application, Certificate, Notice
from marketplace.certification.service.objections import raise_objection
from marketplace.core import files
from marketplace.core.db import Database, transaction
from marketplace.core.models import AuditRecord
from tests.support.certification import CITY, COUNTY, PROVINCE, County, at
from tests.support.photos import JPEG
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of

Visit = Callable[..., Visitor]


@pytest.fixture
def number(database: Database) -> str:
    """An application that waits for the township's first review."""
    with transaction() as session, at(2020, 6, 1):
        return County(session).submitted().number


def carried(to_state: str) -> str:
    with transaction() as session:
        return County(session).carried(to_state).number


def test_an_official_sees_what_waits_for_the_own_office_and_for_no_other(visitor: Visit, number: str) -> None:
    with at(2020, 6, 3):
        township = visitor("township_reviewer", COUNTY)
        assert "待我审核的申报 1 2020-06-01" in text_of(township.read("/admin"))
        assert number in township.read("/admin/reviews")
        sector = visitor("sector_reviewer", COUNTY)
        assert "没有待办" in sector.read("/admin")
        assert number not in sector.read("/admin/reviews")
        assert number in sector.read("/admin/reviews?all=1")
        elsewhere = visitor("township_reviewer", "450923")
        assert number not in elsewhere.read("/admin/reviews?all=1")
        assert elsewhere.get(f"/admin/reviews/{number}").status_code == 404


def test_a_role_held_wider_than_its_level_has_nothing_to_decide(visitor: Visit, number: str) -> None:
    with at(2020, 6, 3):
        assert number not in visitor("township_reviewer", PROVINCE).read("/admin/reviews")


def test_a_review_shows_what_is_declared_beside_what_the_rules_ask(visitor: Visit, number: str) -> None:
    with at(2020, 6, 3):
        shown = text_of(visitor("township_reviewer", COUNTY).read(f"/admin/reviews/{number}"))
    assert "百香果" in shown
    assert "总用工 400 人" in shown
    assert "30/400=7.5%" in shown or "30/400=7.50%" in shown
    assert "未附: 营业执照" in shown.replace("未附:", "未附: ")


def test_on_an_english_page_conditions_are_english_and_results_from_before_there_were_codes_stay_readable(
    visitor: Visit, number: str
) -> None:
    path, english = f"/admin/reviews/{number}", {"Accept-Language": "en-GB"}
    with at(2020, 6, 3):
        township = visitor("township_reviewer", COUNTY)
        shown = text_of(main_of(township.get(path, **english)))
        assert "Registered poor workers are at least 10% of all 30/400=7.5% ≥10% not reached" in shown
        assert (
            "No tobacco, alcohol or precious speciality 百香果 none of: tobacco、alcohol、precious" in shown
        )
        with transaction() as session:
            row = session.scalars(select(Application).where(Application.number == number)).one()
            old = deepcopy(row.evaluation) or {}
            for condition in [one for rules in old["sets"] for one in rules["conditions"]]:
                del condition["said"]
            row.evaluation = old
        shown = text_of(main_of(township.get(path, **english)))
        assert "Registered poor workers are at least 10% of all 30/400=7.5% ≥10% not reached" in shown
        assert "百香果 不属于烟、酒、名贵土特产品" in shown


def test_a_decision_without_words_is_refused_at_its_field_and_changes_nothing(
    visitor: Visit, number: str
) -> None:
    with at(2020, 6, 3):
        township = visitor("township_reviewer", COUNTY)
        to = f"/admin/reviews/{number}/decision"
        answer = township.send(f"/admin/reviews/{number}", to=to, verdict="pass", opinion="  ")
        assert answer.status_code == 422
        assert 'id="f-opinion-error"' in main_of(answer)
        done = township.send(f"/admin/reviews/{number}", to=to, verdict="pass", opinion="<b>同意</b>")
        assert f"申报 {number}:通过" in township.follow(done)
    with transaction() as session:
        state = session.scalar(select(Application.state).where(Application.number == number))
    assert state == "township_reviewed"
    with at(2020, 6, 4):
        history = visitor("sector_reviewer", COUNTY).read(f"/admin/reviews/{number}")
    assert "&lt;b&gt;同意&lt;/b&gt;" in history


def test_a_decision_that_is_sent_twice_is_taken_once(visitor: Visit, number: str) -> None:
    with at(2020, 6, 3):
        township = visitor("township_reviewer", COUNTY)
        to = f"/admin/reviews/{number}/decision"
        form = form_of(township.read(f"/admin/reviews/{number}"), to) | {"verdict": "pass", "opinion": "同意"}
        answers = [township.client.post(to, data=form, base_url=HTTPS) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]


def test_several_are_decided_alike_or_not_at_all(visitor: Visit, number: str) -> None:
    with transaction() as session, at(2020, 6, 1):
        other = County(session).submitted().number
    with at(2020, 6, 3):
        township = visitor("township_reviewer", COUNTY)
        page = f"/admin/reviews/decisions/batch?numbers={number}&numbers={other}"
        done = township.send(
            page, to="/admin/reviews/decisions/batch", verdict="return", opinion="请补充佐证材料"
        )
        assert "2 件申报:退回" in township.follow(done)
        assert "没有待办理的申报" in township.read("/admin/reviews")


def test_the_editor_of_notices_counts_working_days_over_holidays(visitor: Visit, database: Database) -> None:
    number = carried("county_proposed")
    with at(2020, 9, 27):
        county = visitor("county_officer", COUNTY)
        shown = text_of(county.read("/admin/notices/new?starts_on=2020-09-28"))
        assert "2020-09-28 – 2020-10-10" in shown
        assert "10-01 休息日" in shown
        assert "10-10 工作日" in shown
        done = county.send(
            "/admin/notices/new",
            numbers=[number],
            level="county",
            area_code=COUNTY,
            title="第三批",
            issuing_unit="陆川县扶贫办",
            receiving_unit="产业股",
            telephone="0775-7200000",
            starts_on="2020-09-28",
        )
        assert "公示已发布,公示至 2020-10-10" in county.follow(done)
        with transaction() as session:
            notice = session.scalars(select(Notice)).one()
            assert (notice.starts_on.isoformat(), notice.ends_on.isoformat()) == ("2020-09-28", "2020-10-10")
        gone = county.send(f"/admin/notices/{notice.number}/withdrawal", reason="名单有误")
        assert "已撤回" in county.follow(gone)


def test_an_objection_is_read_and_answered_by_its_office_alone(visitor: Visit, database: Database) -> None:
    number = carried("in_public_notice")
    with at(2020, 6, 3):
        with transaction() as session:
            board = session.scalars(select(Notice)).one()
            receipt = raise_objection(
                session, board.number, number, "<i>名单</i>与实际不符", objector="王某某"
            ).receipt_no
        county = visitor("county_officer", COUNTY)
        listed = county.read("/admin/objections")
        assert receipt in listed
        assert "名单" not in listed
        words = county.read(f"/admin/objections/{receipt}")
        assert "&lt;i&gt;名单&lt;/i&gt;与实际不符" in words
        assert visitor("township_reviewer", COUNTY).get(f"/admin/objections/{receipt}").status_code == 403
        done = county.send(
            f"/admin/objections/{receipt}",
            outcome="dismissed",
            consequence="returned",
            resolution="经核查属实",
        )
        assert "已答复" in county.follow(done)


def test_photos_of_an_objection_are_opened_by_its_office_alone_and_each_look_is_recorded(
    visitor: Visit, database: Database, tmp_path: Path
) -> None:
    files.install(tmp_path)
    number = carried("in_public_notice")
    with at(2020, 6, 3):
        with transaction() as session:
            board = session.scalars(select(Notice)).one()
            receipt = raise_objection(
                session, board.number, number, "名单与实际不符", photos=[JPEG]
            ).receipt_no
            other = raise_objection(session, board.number, number, "另一件").receipt_no
        county = visitor("county_officer", COUNTY)
        [address] = re.findall(
            r'href="(/api/v1/objections/\w+/photos/[\w-]+)"', county.read(f"/admin/objections/{receipt}")
        )
        looked = county.get(address)
        assert (looked.mimetype, looked.get_data()) == ("image/jpeg", JPEG)
        assert looked.headers["Cache-Control"] == "private, no-store"
        assert county.get(address.replace(receipt, other)).status_code == 404
        assert visitor("township_reviewer", COUNTY).get(address).status_code == 403
        assert visitor("county_officer", "440000").get(address).status_code in (403, 404)
        assert visitor("national_filer").get(f"/api/v1/files/{address[-36:]}").status_code == 404
        assert Visitor(county.client.application).get(address).status_code == 401
    with transaction() as session:
        looks = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "core.file.read").order_by(AuditRecord.id)
        ).all()
        assert [(one.subject_id, one.purpose) for one in looks] == [(address[-36:], "处理公示异议")]
        assert looks[0].actor_id is not None


def test_a_certificate_is_suspended_reinstated_and_proposed_for_revocation(
    visitor: Visit, database: Database
) -> None:
    carried("published")
    with transaction() as session:
        certificate = session.scalars(select(Certificate)).one()
    page = f"/admin/certificates/{certificate.id}"
    with at(2020, 7, 1):
        county = visitor("county_officer", COUNTY)
        assert certificate.catalogue_no in county.read("/admin/certificates?only_active=true")
        done = county.send(f"{page}/suspension", cause="quality_check", document_no="陆扶办〔2020〕10号")
        assert "暂停" in text_of(county.follow(done))
        back = county.send(page, to=f"{page}/reinstatement")
        assert "证书已恢复" in county.follow(back)
        asked = county.send(f"{page}/revocation", cause="quality_incident", grounds="抽检不合格")
        assert "质量安全问题" in county.follow(asked)
        assert "批次比较" in county.read("/admin/certificates/batches?scheme=provincial")
        assert visitor("statistician", COUNTY).get("/admin/certificates").status_code == 403


def test_lists_of_officials_ask_the_database_five_times_at_most(visitor: Visit, number: str) -> None:
    with at(2020, 6, 3):
        county = visitor("county_officer", COUNTY)
        for path in (
            "/admin",
            "/admin/reviews?all=1",
            "/admin/notices",
            "/admin/certificates",
            "/admin/approvals",
        ):
            with counted() as sent:
                county.read(path)
            assert len(sent) <= 5, (path, sent)


def test_city_reviews_what_the_county_decided(visitor: Visit, database: Database) -> None:
    number = carried("county_decided")
    with at(2020, 6, 10):
        assert number in visitor("city_officer", CITY).read("/admin/reviews")
