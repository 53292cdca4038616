"""Papers of bulletins by HTTP: the PDF that is set of them, and sealed copies that are brought and checked."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from marketplace.core import db, files, jobs
from marketplace.core.models import AuditRecord
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.paper import paper_of
from marketplace.statistics.bulletins.paper_models import BulletinPaper, BulletinPaperCheck
from marketplace.statistics.bulletins.service import papers
from tests.api.statistics.test_bulletins_api import DRAFT, issue
from tests.support.published import Office, refused

SIGNED_PDF = b"%PDF-1.7\n1 0 obj<</Type/Sig/ByteRange[0 10 20 30]/Contents<00>>>endobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_root", tmp_path)


def text_of(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def ofd(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("OFD.xml", *names):
            archive.writestr(name, "<ofd/>")
    return out.getvalue()


def count(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def brought(
    office: Office, number: str, who: dict[str, str], kind: str, content: bytes, name: str = "盖章件.pdf"
) -> TestResponse:
    office.keys += 1
    return office.client.post(
        f"/api/v1/bulletins/{number}/sealed-copies",
        headers=who | {"Idempotency-Key": f"copy-{office.keys}"},
        data={"kind": kind, "seal_holder": "省乡村振兴局", "file": (io.BytesIO(content), name)},
    )


def test_the_worker_sets_the_paper_of_an_issued_bulletin_from_its_frozen_bytes(office: Office) -> None:
    number = issue(office)["number"]
    who = office.as_role("statistician", "440000")
    path = f"/bulletins/{number}/document?format=pdf"
    assert refused(office.get(path, who)) == (503, "document_pending")
    assert refused(office.get(f"/public{path}")) == (503, "document_pending")
    jobs.run_ready()
    whole, opened = office.get(path, who), office.get(f"/public{path}")
    for answer in (whole, opened):
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Content-Disposition"] == f"inline; filename={number}.pdf"
        assert answer.get_etag() == (hashlib.sha256(answer.data).hexdigest(), False)
        text = text_of(answer.data)
        for words in (
            DRAFT["title"],
            "2020年第1期(总第1期)",
            "2020年10月6日",
            "广东省消费扶贫统计月报",
            "内部管理台账",
            "填报单位(章)",
            "主送：各地级以上市",
            "抄送：省财政厅",
            "公开方式：主动公开",
            "2020年10月6日拟稿",
            "2020年10月6日签发",
            "梅州市",
            number,
        ):
            assert str(words) in text, words
    official = office.get(f"/bulletins/{number}", who).get_json()["sha256"]
    public = office.get(f"/public/bulletins/{number}").get_json()["sha256"]
    # The digest of the whole content would let anybody try out what a withheld cell can be.
    assert (official in text_of(whole.data), official in text_of(opened.data)) == (True, official == public)
    assert public in text_of(opened.data)
    with db.transaction() as session:
        bulletin = session.scalars(sa.select(Bulletin)).one()
        assert paper_of(bulletin, bytes(bulletin.content)).content == whole.data
        assert papers.make_papers(session, {"bulletin": number}) == {"made": []}
    assert count(BulletinPaper) == 2
    verified = office.get(f"/bulletins/{number}/verification", who).get_json()
    assert verified["holds"] is True


def test_only_what_is_issued_has_a_paper_and_only_what_is_open_one_for_everybody(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    draft = office.post("/bulletins", who, DRAFT).get_json()["number"]
    assert refused(office.get(f"/bulletins/{draft}/document?format=pdf", who)) == (409, "bulletin_unissued")
    inner = issue(office, disclosure="not_open")["number"]
    jobs.run_ready()
    assert office.get(f"/bulletins/{inner}/document?format=pdf", who).status_code == 200
    assert refused(office.get(f"/public/bulletins/{inner}/document?format=pdf")) == (404, "not_found")
    with db.transaction() as session:
        assert session.scalars(sa.select(BulletinPaper.kind)).all() == ["whole"]


def test_a_sealed_copy_is_brought_by_one_and_checked_by_another(office: Office) -> None:
    issued = issue(office)
    number = issued["number"]
    bringer, checker = (office.as_role(role, "440000") for role in ("statistician", "province_officer"))
    answer = brought(office, number, bringer, "ca_pdf", SIGNED_PDF)
    copy = answer.get_json()
    assert (answer.status_code, copy["kind_title"], copy["media_type"], copy["check"]) == (
        201,
        "电子签章 PDF",
        "application/pdf",
        None,
    )
    assert copy["sha256"] == hashlib.sha256(SIGNED_PDF).hexdigest()
    path = f"/bulletins/{number}/sealed-copies"
    body = {"verdict": "matches", "opinion": "逐项核对一致"}
    assert refused(office.post(f"{path}/{copy['id']}/check", bringer, body)) == (403, "forbidden")
    checked = office.post(f"{path}/{copy['id']}/check", checker, body).get_json()
    assert (checked["check"]["verdict_title"], checked["check"]["opinion"]) == (
        "与签发内容一致",
        "逐项核对一致",
    )
    assert checked["check"]["checked_by"] == checker["X-Test-Account"]
    assert refused(office.post(f"{path}/{copy['id']}/check", checker, body)) == (409, "copy_checked")
    assert office.get(path, bringer).get_json()["items"] == [checked]
    taken = office.get(f"{path}/{copy['id']}/file", bringer)
    assert (taken.data, taken.get_etag()) == (SIGNED_PDF, (copy["sha256"], False))
    after = office.get(f"/bulletins/{number}", bringer).get_json()
    assert {**after, "steps": None} == {**issued, "steps": None}  # the bulletin is what it was
    assert office.get(f"/bulletins/{number}/verification", bringer).get_json()["holds"] is True
    with db.transaction() as session:
        actions = session.scalars(
            sa.select(AuditRecord.action).where(AuditRecord.action.like("statistics.bulletin_copy.%"))
        ).all()
    assert actions == ["statistics.bulletin_copy.added", "statistics.bulletin_copy.matches"]


def test_who_brought_a_copy_does_not_check_it_whatever_roles_the_person_has(office: Office) -> None:
    number = issue(office)["number"]
    who = office.as_role("province_officer", "440000")  # may draw up and review
    copy = brought(office, number, who, "scan", PNG, "扫描.png").get_json()
    path = f"/bulletins/{number}/sealed-copies/{copy['id']}/check"
    assert refused(office.post(path, who, {"verdict": "matches"})) == (403, "same_person")
    other = office.as_role("province_officer", "440000")
    assert refused(office.post(path, other, {"verdict": "differs"})) == (422, "bulletin_opinion")
    assert count(BulletinPaperCheck) == 0
    differs = office.post(path, other, {"verdict": "differs", "opinion": "第二页缺章"})
    assert differs.get_json()["check"]["verdict"] == "differs"


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("ca_pdf", b"%PDF-1.7\n%%EOF", "copy_unsigned"),
        ("ca_pdf", PNG, "copy_type"),
        ("ca_ofd", ofd("Doc_0/Document.xml"), "copy_unsigned"),
        ("ca_ofd", SIGNED_PDF, "copy_type"),
        ("scan", ofd(), "copy_type"),
        ("scan", b"\x00\x01\x02", "file_type"),
        ("stamp", PNG, "invalid"),
    ],
)
def test_what_is_no_such_copy_is_refused(office: Office, kind: str, content: bytes, code: str) -> None:
    number = issue(office)["number"]
    who = office.as_role("statistician", "440000")
    assert refused(brought(office, number, who, kind, content)) == (422, code)
    assert count(BulletinPaper) == 0


def test_an_ofd_with_signatures_is_a_copy_and_the_same_file_is_brought_once(office: Office) -> None:
    number = issue(office)["number"]
    who = office.as_role("statistician", "440000")
    content = ofd("Doc_0/Document.xml", "Doc_0/Signs/Signatures.xml")
    copy = brought(office, number, who, "ca_ofd", content, "件.ofd").get_json()
    assert (copy["media_type"], copy["kind_title"]) == ("application/ofd", "电子签章 OFD")
    assert refused(brought(office, number, who, "ca_ofd", content)) == (409, "copy_known")
    draft = office.post("/bulletins", who, DRAFT).get_json()["number"]
    assert refused(brought(office, draft, who, "scan", PNG)) == (409, "bulletin_unissued")
    elsewhere = office.as_role("statistician", "450000")
    for tail in ("", f"/{copy['id']}/file"):
        assert refused(office.get(f"/bulletins/{number}/sealed-copies{tail}", elsewhere)) == (
            404,
            "not_found",
        )
    assert refused(brought(office, number, elsewhere, "scan", PNG)) == (404, "not_found")
    assert count(BulletinPaper) == 1


def test_papers_and_checks_are_append_only(office: Office) -> None:
    number = issue(office)["number"]
    copy = brought(office, number, office.as_role("statistician", "440000"), "scan", PNG).get_json()
    checker = office.as_role("province_officer", "440000")
    office.post(f"/bulletins/{number}/sealed-copies/{copy['id']}/check", checker, {"verdict": "matches"})
    for table in ("bulletin_paper", "bulletin_paper_check"):
        for statement in (f"UPDATE statistics.{table} SET id = id", f"DELETE FROM statistics.{table}"):
            with pytest.raises(sa.exc.DBAPIError), db.transaction() as session:
                session.execute(sa.text(statement))
