"""Pages for everybody, over the test client: what they show, what they keep back, what an objection needs."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from marketplace.certification.models import Certificate, Notice, Objection
from marketplace.core import files
from marketplace.core.db import transaction
from marketplace.core.models import StoredFile
from marketplace.core.photos import MOST_BYTES
from tests.support.certification import County, at, revoke
from tests.support.page_forms import HTTPS, fields, send, text_of
from tests.support.photos import JPEG, WEBP
from tests.support.statements import counted


@pytest.fixture
def hung(client: FlaskClient) -> Iterator[str]:
    """The number of a notice that hangs 2020-06-02 … 06-08; the test lives on 06-03."""
    with transaction() as session:
        number = session.get_one(Notice, _notice(County(session), session)).number
    with at(2020, 6, 3):
        yield number


def _notice(county, session):
    county.carried("in_public_notice")
    return session.scalar(select(Notice.id))


@pytest.fixture
def certificate(client: FlaskClient) -> Certificate:
    with transaction() as session:
        found = County(session).certified()
        session.expunge_all()
    return found


def objections() -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Objection)) or 0


def test_the_catalogue_shows_what_was_certified_with_its_standing(
    client: FlaskClient, certificate: Certificate
) -> None:
    with at(2020, 7, 1):
        page = text_of(client, "/certified")
    assert "百香果" in page
    assert certificate.catalogue_no in page
    assert ">有效<" in page
    with at(2030, 7, 1):
        assert ">已到期<" in text_of(client, "/certified")
        assert "没有符合条件的内容" in text_of(client, "/certified?only_active=1")


def test_filters_of_the_catalogue_are_its_address_and_can_be_taken_off(
    client: FlaskClient, certificate: Certificate
) -> None:
    page = text_of(client, "/certified?scheme=provincial&area_code=450900&cursor=")
    assert "百香果" in page
    assert 'href="/certified?area_code=450900"' in page
    assert "没有符合条件的内容" in text_of(client, "/certified?area_code=440100")


def test_few_households_are_never_counted_on_a_page(client: FlaskClient) -> None:
    with transaction() as session:
        county = County(session)
        with at(2020, 6, 1):
            application = county.submitted(households_helped=2, persons_helped=7)
        county.carry(application, "published")
        row = session.scalars(select(Certificate)).one()
        row.households_helped = 2
        session.flush()
        number, certificate_id = row.catalogue_no, row.id
    for path in ("/certified", f"/certified/{certificate_id}", f"/certificates?number={number}"):
        page = text_of(client, path)
        assert "2户" not in page
        assert ">2<" not in page
    assert "少于3户" in text_of(client, f"/certified/{certificate_id}")
    assert "fewer than 3 households" in text_of(client, f"/certified/{certificate_id}?lang=en")


def test_a_certificate_is_found_by_its_number_and_a_wrong_number_is_said_so(
    client: FlaskClient, certificate: Certificate
) -> None:
    page = text_of(client, f"/certificates?number= {certificate.catalogue_no} ")
    assert f'href="/certified/{certificate.id}"' in page
    page = text_of(client, "/certificates?number=<script>alert(1)</script>")
    assert "没有编号为“&lt;script&gt;alert(1)&lt;/script&gt;”的证书" in page


def test_a_revoked_certificate_says_so_wherever_it_is_shown(
    client: FlaskClient, certificate: Certificate
) -> None:
    with transaction() as session:
        revoke(session, certificate.id, cause="origin_fraud")
    for path in (
        f"/certified/{certificate.id}",
        f"/trace/{certificate.product_id}",
        f"/certificates?number={certificate.catalogue_no}",
    ):
        assert ">撤销<" in text_of(client, path)


def test_the_code_on_a_certificate_leads_to_the_trace_page_of_its_product(
    client: FlaskClient, certificate: Certificate
) -> None:
    page = text_of(client, f"/certified/{certificate.id}")
    assert "<svg" in page
    assert f'href="/trace/{certificate.product_id}"' in page
    trace = text_of(client, f"/trace/{certificate.product_id}")
    assert "演示合作社" in trace
    assert certificate.catalogue_no in trace


def test_a_notice_shows_its_list_and_the_days_that_are_left(client: FlaskClient, hung: str) -> None:
    page = text_of(client, f"/notices/{hung}")
    assert "还剩 6 天,公示至 2020-06-08。" in page
    assert "百香果" in page
    with at(2020, 6, 9):
        over = text_of(client, f"/notices/{hung}")
        assert ">公示期满<" in over
        assert "提出异议" not in over


def test_an_objection_is_filed_and_answered_by_its_receipt(client: FlaskClient, hung: str) -> None:
    path = f"/notices/{hung}/objection"
    with transaction() as session:
        number = session.scalars(select(Notice.content)).one()["items"][0]["application_number"]
    answer = send(client, path, application_number=number, text="用工名单与实际不符", objector="")
    assert answer.status_code == 303
    receipt = answer.headers["Location"].removeprefix("/objections?receipt_no=")
    page = text_of(client, answer.headers["Location"])
    assert receipt in page
    assert "受理单位核查中" in page
    assert "用工名单" not in page  # its words are for the office alone
    assert "已提交(不具名)" in text_of(client, f"/objections?receipt_no={receipt.lower()}")


def test_an_objection_sent_twice_is_one(client: FlaskClient, hung: str) -> None:
    path = f"/notices/{hung}/objection"
    with transaction() as session:
        number = session.scalars(select(Notice.content)).one()["items"][0]["application_number"]
    sent = fields(text_of(client, path)) | {
        "application_number": number,
        "text": "用工名单与实际不符",
        "objector": "",
    }
    places = {client.post(path, data=sent, base_url=HTTPS).headers["Location"] for _ in range(3)}
    assert (len(places), objections()) == (1, 1)


def test_an_objection_without_words_comes_back_with_the_name_kept(client: FlaskClient, hung: str) -> None:
    answer = send(
        client, f"/notices/{hung}/objection", application_number="", text=" ", objector="李四 13800000000"
    )
    page = answer.get_data(as_text=True)
    assert (answer.status_code, objections()) == (422, 0)
    assert 'value="李四 13800000000"' in page
    assert 'id="f-text-error"' in page
    assert 'id="f-application_number-error"' in page


def test_no_objection_is_taken_when_the_notice_is_over(client: FlaskClient, hung: str) -> None:
    path = f"/notices/{hung}/objection"
    sent = fields(text_of(client, path)) | {"application_number": "x", "text": "不符", "objector": ""}
    with at(2020, 6, 9):
        assert "现在不能提出异议" in text_of(client, path)
        assert client.post(path, data=sent, base_url=HTTPS).status_code in {404, 409}
    assert objections() == 0


def test_a_receipt_that_is_none_is_said_so(client: FlaskClient) -> None:
    assert "没有这个回执号" in text_of(client, "/objections?receipt_no=YNONE")


@pytest.mark.parametrize(
    "path", ["/notices/NONE", "/bulletins/NONE", "/certified/01a218b4-b137-7e40-b904-06cdc91095ec"]
)
def test_what_is_not_there_is_a_page_that_says_what_to_do(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url=HTTPS)
    assert (answer.status_code, "地址可能写错" in answer.get_data(as_text=True)) == (404, True)


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", 3), ("/certified", 2), ("/notices", 1), ("/bulletins", 2), ("/certificates?number=x", 1)],
)
def test_a_public_page_asks_the_database_little(
    client: FlaskClient, certificate: Certificate, path: str, most: int
) -> None:
    text_of(client, path)
    with counted() as statements:
        text_of(client, path)
    assert len(statements) <= most, statements


def test_the_catalogue_is_a_file_with_the_same_filters_and_masks(
    client: FlaskClient, certificate: Certificate
) -> None:
    with transaction() as session:
        session.get_one(Certificate, certificate.id).households_helped = 2
    page = text_of(client, "/certified?area_code=450900")
    assert 'href="/certified?area_code=450900&amp;format=csv"' in page
    answer = client.get("/certified?area_code=450900&format=csv", base_url=HTTPS)
    assert answer.mimetype == "text/csv"
    heading, row = answer.get_data().decode("utf-8-sig").splitlines()
    assert heading.startswith("目录编号,名录,产品")
    assert row.startswith(f"{certificate.catalogue_no},省级扶贫产品,百香果,5斤装")
    assert ",少于3户," in row
    empty = client.get("/certified?area_code=440100&format=xlsx", base_url=HTTPS)
    assert (empty.status_code, empty.get_data()[:2]) == (200, b"PK")


def filed(client: FlaskClient, hung: str, *photos: tuple[bytes, str]) -> Any:
    """The answer to an objection with photos, sent without signing in."""
    with transaction() as session:
        number = session.scalars(select(Notice.content)).one()["items"][0]["application_number"]
    path = f"/notices/{hung}/objection"
    typed: dict[str, Any] = {"application_number": number, "text": "车间与申报不符", "objector": ""}
    typed["photos"] = [FileStorage(BytesIO(content), name) for content, name in photos]
    # Encoded here: the client would put so much into a temporary file that nobody closes.
    boundary, body = encode_multipart(fields(text_of(client, path)) | typed)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(path, data=body, content_type=kind, base_url=HTTPS)


def kept() -> list[StoredFile]:
    with transaction() as session:
        found = list(
            session.scalars(
                select(StoredFile).where(StoredFile.file_class == "restricted").order_by(StoredFile.id)
            )
        )
        session.expunge_all()
    return found


def test_photos_come_with_an_objection_sealed_and_without_the_names_they_had(
    client: FlaskClient, hung: str, tmp_path: Path
) -> None:
    files.install(tmp_path)
    answer = filed(client, hung, (JPEG, "王某某的手机.jpg"), (WEBP, "厂房.webp"))
    assert answer.status_code == 303
    found = kept()
    assert [(one.original_name, one.file_class, one.uploaded_by) for one in found] == [
        ("照片1.jpg", "restricted", None),
        ("照片2.webp", "restricted", None),
    ]
    assert [one.owner_organisation_id for one in found] == [None, None]
    assert all(JPEG not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    receipt = text_of(client, answer.headers["Location"])
    assert "照片" not in receipt
    assert str(found[0].id) not in receipt


@pytest.mark.parametrize(
    ("photos", "said"),
    [
        ([(b"%PDF-1.7", "a.pdf")], "照片应为 JPEG、PNG 或 WebP"),
        ([(b"\x00\x01\x02", "a.jpg")], "照片应为 JPEG、PNG 或 WebP"),
        ([(b"", "a.jpg")], "文件是空的"),
        ([(JPEG, f"{place}.jpg") for place in range(4)], "照片最多 3 张"),
        ([(JPEG + bytes(MOST_BYTES), "a.jpg")], "每张照片不能超过 10 MB"),
    ],
    ids=["paper", "bytes", "nothing", "four", "large"],
)
def test_what_is_no_photo_is_said_at_the_field_and_nothing_is_filed(
    client: FlaskClient, hung: str, tmp_path: Path, photos: list[tuple[bytes, str]], said: str
) -> None:
    files.install(tmp_path)
    answer = filed(client, hung, *photos)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (413, 422)
    assert said in page
    assert "车间与申报不符" in page
    assert (objections(), kept()) == (0, [])


def test_objections_with_photos_are_limited_by_address(
    client: FlaskClient, hung: str, tmp_path: Path
) -> None:
    files.install(tmp_path)
    answers = [filed(client, hung, (JPEG, "a.jpg")).status_code for _ in range(21)]
    assert answers == [303] * 20 + [429]
    assert (objections(), len(kept())) == (20, 20)
