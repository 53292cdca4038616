"""A household's passbook by HTTP: as JSON, CSV and XLSX, with a purpose, only for who reads households in full."""

from __future__ import annotations

import io

import pypdf
import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from marketplace.attribution.models import HouseholdStatement
from marketplace.core import db
from marketplace.core.models import AuditRecord
from tests.support.published import Office, refused

WHY = {"purpose": "农户核对收益"}


@pytest.fixture
def path(office: Office) -> str:
    with db.transaction() as session:
        number = session.scalar(sa.select(sa.func.min(HouseholdStatement.household_no)))
    return f"/households/{number}/passbook"


def readings() -> int:
    with db.transaction() as session:
        where = AuditRecord.action == "attribution.passbook.read"
        return session.scalar(sa.select(sa.func.count()).select_from(AuditRecord).where(where)) or 0


def test_the_county_reads_a_passbook_with_its_purpose(office: Office, path: str) -> None:
    who = office.as_role("county_officer", "441403")
    answer = office.post(path, who, WHY)
    body = answer.get_json()
    assert (answer.status_code, body["total_fen"], answer.headers["Cache-Control"]) == (200, 140, "no-store")
    (line,) = body["lines"]
    assert (line["period"], line["agreement"], line["benefit_fen"], line["pool_fen"]) == (
        "2020-09",
        office.agreement,
        140,
        980,
    )
    assert line["groups"] == [
        {"product_name": "金柚", "lines": 1, "sale_fen": 9_800, "quantity_milli": 2_000, "benefit_fen": 980}
    ]
    assert readings() == 1


def test_a_passbook_is_a_table_and_a_paper(office: Office, path: str) -> None:
    who = office.as_role("county_officer", "441403")
    table = office.post(path, who, WHY | {"format": "csv"})
    assert (table.mimetype, table.headers["Content-Disposition"]) == (
        "text/csv",
        "attachment; filename=passbook.csv",
    )
    assert table.data.decode("utf-8-sig").split("\r\n")[1].endswith(",金柚,1,98.00,2,9.80,,")
    paper = office.post(path, who, WHY | {"format": "xlsx"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(paper.data)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == "农户收益对账单(演示)"
    assert [row[11:13] for row in rows if row[6] == "本期"] == [[1.4, 1.4]]
    paper.close()
    first, again = (office.post(path, who, WHY | {"format": "pdf"}) for _ in range(2))
    assert (first.mimetype, first.headers["Content-Disposition"]) == (
        "application/pdf",
        "attachment; filename=passbook.pdf",
    )
    assert first.data == again.data
    text = "".join(pypdf.PdfReader(io.BytesIO(first.data)).pages[0].extract_text().split())
    for words in (
        "农户收益对账单(演示)",
        "金柚198.0029.80",
        "本期9.801.401.40",
        "户主签字",
    ):
        assert words in text, words
    assert readings() == 4


def test_nobody_else_reads_it(office: Office, path: str) -> None:
    assert refused(office.post(path, {}, WHY)) == (401, "not_authenticated")
    for role, area in (
        ("city_officer", "441400"),
        ("statistician", "441403"),
        ("township_reviewer", "441403"),
    ):
        assert refused(office.post(path, office.as_role(role, area), WHY)) == (403, "forbidden")
    producer = office.as_role("producer", organisation_id=office.world.producer.organisation_id)
    assert refused(office.post(path, producer, WHY)) == (403, "forbidden")
    far = office.as_role("county_officer", "441422")
    assert refused(office.post(path, far, WHY)) == (404, "not_found")
    near = office.as_role("county_officer", "441403")
    assert refused(office.post(path, near, {})) == (422, "invalid")
    assert refused(office.post(path, near, WHY | {"format": "docx"})) == (422, "invalid")
    assert readings() == 0


def test_passbooks_are_counted_with_the_other_full_readings(office: Office, path: str) -> None:
    who = office.as_role("county_officer", "441403")
    for _ in range(60):
        assert office.post(path, who, WHY).status_code == 200
    assert refused(office.post(path, who, WHY)) == (429, "rate_limit")
    assert readings() == 60
