"""The PDF of a notice: what it says, that it is made once and always the same, and what becomes of it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.certification.models import Notice
from marketplace.certification.service import documents
from marketplace.certification.service.withdrawal import withdraw_notice
from marketplace.core import files
from marketplace.core.clock import shanghai
from marketplace.core.errors import NotFound, Unavailable
from marketplace.core.models import Job, StoredFile
from tests.support.certification import County, at


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    files.install(tmp_path)


def hung(county: County, *names: str, households: int = 226) -> Notice:
    """A notice of products of those names, hung on 2020-09-28."""
    applications = []
    with at(2020, 6, 1):
        for name in names:
            product = county.new_product(name, "1斤装")
            applications.append(county.submitted(product=product, households_helped=households))
        for application in applications:
            for state in ("township_reviewed", "sector_reviewed", "county_proposed"):
                county.take(application, state)
    with at(2020, 9, 28):
        return county.hang(*applications)


def made(session: Session, notice: Notice) -> bytes:
    """The bytes of the notice's PDF after its job."""
    documents.make_document(session, {"notice": notice.number})
    return documents.document_bytes(session, notice)


def lines_of(content: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return "".join("".join(page.extract_text().split()) for page in reader.pages)


def test_publishing_writes_the_job_and_the_job_writes_file_and_hash(county: County, session: Session) -> None:
    notice = hung(county, "百香果")
    frozen = notice.content_hash
    [job] = session.scalars(select(Job).where(Job.kind == documents.JOB)).all()
    assert (job.payload, job.state) == ({"notice": notice.number}, "ready")
    with pytest.raises(Unavailable) as refused:
        documents.document_of(session, notice.number)
    assert (refused.value.code, refused.value.retry_after_seconds) == ("document_pending", 5)
    content = made(session, notice)
    assert documents.document_of(session, notice.number).document_sha256 == hashlib.sha256(content).digest()
    assert notice.content_hash == frozen
    file = session.get_one(StoredFile, notice.document_file_id)
    assert (file.original_name, file.media_type, file.file_class) == (
        f"{notice.number}.pdf",
        "application/pdf",
        "public",
    )


def test_the_paper_says_what_hangs_on_the_board(county: County, session: Session) -> None:
    notice = hung(county, "百香果", "荔枝干")
    text = lines_of(made(session, notice))
    for words in (
        "2020年第三批扶贫产品公示陆扶办〔2020〕9号",
        "下列2个产品拟认定为省级扶贫产品，现予公示",
        "公示时间：2020年9月28日至2020年10月10日（5个工作日）。",
        "受理单位：陆川县扶贫办产业股",
        "监督电话：0775-7200000",
        "认定和统计不收取任何费用。",
        "陆川县扶贫办2020年9月28日",
        "演示合作社",
        "百香果",
        "荔枝干",
        "226",
        f"{notice.number}第1页，共1页",
    ):
        assert words in text
    assert "字库" not in text


def test_counts_below_three_households_stay_masked_on_paper(county: County, session: Session) -> None:
    text = lines_of(made(session, hung(county, "百香果", households=2)))
    assert "少于3户" in text
    assert text.count("带动户数") == 1


def test_a_rare_character_is_shown_by_its_code_and_told_of(county: County, session: Session) -> None:
    notice = hung(county, "\U00020000茶")
    result = documents.make_document(session, {"notice": notice.number})
    assert result == {"made": True, "missing": ["[U+20000]"]}
    text = lines_of(documents.document_bytes(session, notice))
    assert "[U+20000]茶" in text
    assert "注：本文件字库未收录1个字，以统一码标示：[U+20000]。" in text


def test_made_twice_or_later_it_is_the_same_paper(county: County, session: Session) -> None:
    notice = hung(county, "百香果")
    content = made(session, notice)
    kept = notice.document_file_id
    with at(2021, 3, 1):
        assert documents.make_document(session, {"notice": notice.number}) == {"made": False}
        assert documents.paper_of(notice).content == content
    assert notice.document_file_id == kept
    created = pypdf.PdfReader(io.BytesIO(content)).metadata
    assert created is not None
    assert created.creation_date == shanghai(2020, 9, 28, 10)


def test_it_stays_after_the_notice_has_ended_and_goes_when_it_is_withdrawn(
    county: County, session: Session
) -> None:
    notice = hung(county, "百香果")
    content = made(session, notice)
    with at(2020, 10, 11):  # the day after its last
        assert documents.document_bytes(session, documents.document_of(session, notice.number)) == content
    with at(2020, 9, 29):
        withdraw_notice(session, county.offices["in_public_notice"], notice.number, reason="名单有误")
        with pytest.raises(NotFound) as refused:
            documents.document_of(session, notice.number)
    assert refused.value.code == "notice_withdrawn"
    assert session.get_one(StoredFile, notice.document_file_id).file_class == "internal"
    with pytest.raises(NotFound):
        documents.document_bytes(session, notice)
    with pytest.raises(NotFound):
        documents.document_of(session, "N0")


def test_a_notice_withdrawn_before_its_job_gets_no_paper(county: County, session: Session) -> None:
    notice = hung(county, "百香果")
    with at(2020, 9, 28, 11):
        withdraw_notice(session, county.offices["in_public_notice"], notice.number, reason="名单有误")
    assert documents.make_document(session, {"notice": notice.number}) == {"made": False}
    assert (notice.document_file_id, notice.document_sha256) == (None, None)


def test_a_long_list_repeats_its_head_and_keeps_the_signature_with_its_words(
    county: County, session: Session
) -> None:
    notice = hung(county, *(f"演示产品{number}" for number in range(60)))
    pages = pypdf.PdfReader(io.BytesIO(made(session, notice))).pages
    texts = ["".join(page.extract_text().split()) for page in pages]
    assert len(texts) > 1
    assert all("产品名称" in text for text in texts[:-1])
    assert "监督电话" in texts[-1]
    assert "陆川县扶贫办2020年9月28日" in texts[-1]
