"""Bulletins by HTTP: drawn up, reviewed, issued, read by officials and by everybody, compared and verified."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import pytest
import python_calamine

from marketplace.core import db, signing
from marketplace.core.clock import frozen_at, shanghai
from marketplace.statistics.bulletins.canonical import digest
from tests.support.books import Books
from tests.support.published import Office, refused

DRAFT = {
    "report": "R1",
    "period": "2020-09",
    "area_code": "440000",
    "title": "2020年9月消费扶贫统计工作动态",
    "supplied_by": "统计处",
    "main_to": ["各地级以上市"],
    "copy_to": ["省财政厅"],
    "disclosure": "open",
}


def issue(office: Office, **changes: Any) -> dict[str, Any]:
    drafted = office.post("/bulletins", office.as_role("statistician", "440000"), DRAFT | changes)
    assert drafted.status_code == 201, drafted.get_json()
    path = f"/bulletins/{drafted.get_json()['number']}"
    body = {"verdict": "approve", "opinion": "同意"}
    reviewed = office.post(f"{path}/review", office.as_role("province_officer", "440000"), body)
    assert reviewed.status_code == 200, reviewed.get_json()
    issued = office.post(f"{path}/issue", office.as_role("issuer", "440000"), body)
    assert issued.status_code == 200, issued.get_json()
    found: dict[str, Any] = issued.get_json()
    return found


def test_a_bulletin_goes_from_draft_to_issue_and_everybody_can_check_its_signature(office: Office) -> None:
    issued = issue(office)
    assert (issued["state"], issued["issue_title"], issued["disclosure_title"]) == (
        "issued",
        "2020年第1期(总第1期)",
        "主动公开",
    )
    assert [step["step"] for step in issued["steps"]] == ["drafted", "reviewed", "issued"]
    assert len({step["actor_id"] for step in issued["steps"]}) == 3
    shown = office.get(f"/public/bulletins/{issued['number']}").get_json()
    document = office.get(f"/public/bulletins/{issued['number']}/document")
    assert document.mimetype == "application/json"
    assert digest(document.get_data()).hex() == shown["sha256"]
    assert document.get_etag() == (shown["sha256"], False)
    [key] = office.get("/public/bulletin-keys").get_json()["items"]
    assert (key["algorithm"], key["public_key"]) == ("Ed25519", shown["public_key"])
    imprint = shown["imprint"].encode()
    assert signing.is_signed(imprint, bytes.fromhex(shown["signature"]), bytes.fromhex(key["public_key"]))
    assert orjson.loads(imprint)["content_sha256"] == shown["sha256"]
    assert "steps" not in shown


def test_everybody_sees_open_ones_alone_and_officials_those_of_their_area(office: Office) -> None:
    opened, inner = issue(office), issue(office, disclosure="not_open", title="内部工作动态")
    draft = office.post("/bulletins", office.as_role("statistician", "440000"), DRAFT).get_json()
    listed = office.get("/public/bulletins?period=2020-09").get_json()["items"]
    assert [row["number"] for row in listed] == [opened["number"]]
    for number in (inner["number"], draft["number"]):
        for tail in ("", "/document"):
            assert refused(office.get(f"/public/bulletins/{number}{tail}")) == (404, "not_found")
    who = office.as_role("statistician", "440000")
    rows = office.get("/bulletins", who).get_json()["items"]
    assert [row["number"] for row in rows] == [draft["number"], inner["number"], opened["number"]]
    only = office.get("/bulletins?state=issued&disclosure=not_open", who).get_json()["items"]
    assert [row["number"] for row in only] == [inner["number"]]
    elsewhere = office.as_role("statistician", "450000")
    assert office.get("/bulletins", elsewhere).get_json()["items"] == []
    for tail in ("", "/document", "/adjustments", "/comparison", "/verification"):
        path = f"/bulletins/{opened['number']}{tail}"
        assert refused(office.get(path, elsewhere)) == (404, "not_found")
        assert refused(office.get(path)) == (401, "not_authenticated")
        assert office.get(path, who).status_code == 200
    assert refused(office.get("/bulletins")) == (401, "not_authenticated")
    assert refused(office.get("/bulletins", office.as_role("finance_clerk"))) == (403, "forbidden")


def test_the_document_comes_as_xlsx_and_csv_with_its_numbers_and_words(office: Office) -> None:
    number = issue(office)["number"]
    for path, who in (("/bulletins", office.as_role("statistician")), ("/public/bulletins", None)):
        sheet = office.get(f"{path}/{number}/document?format=xlsx", who)
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet.get_data()))
        cells = [str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row]
        for words in (DRAFT["title"], "2020年第1期(总第1期)", "供稿:统计处", "抄送:省财政厅", "梅州市"):
            assert any(str(words) in cell for cell in cells), words
        text = office.get(f"{path}/{number}/document?format=csv", who).get_data().decode("utf-8-sig")
        assert any("梅州市" in row for row in csv.reader(io.StringIO(text)))


def test_what_came_later_is_listed_and_compared_and_the_bulletin_still_verifies(office: Office) -> None:
    issued = issue(office, disclosure="on_request")
    who, path = office.as_role("statistician", "440000"), f"/bulletins/{issued['number']}"
    assert office.get(f"{path}/comparison", who).get_json()["rows"] == []
    with frozen_at(shanghai(2020, 10, 6, 11)), db.transaction() as session:
        late = shanghai(2020, 9, 20)
        books = Books(session, office.world)
        books.sell(books.line(1_200, 1, sold_at=late, counted_at=late))
    [adjustment] = office.get(f"{path}/adjustments", who).get_json()["items"]
    assert (adjustment["adjusts_period"], adjustment["sale_fen"], adjustment["row"]) == (
        "2020-09",
        1_200,
        "梅州市",
    )
    compared = office.get(f"{path}/comparison", who).get_json()
    meizhou = next(row for row in compared["rows"] if row["row"] == "梅州市")
    assert meizhou["entries"] == [adjustment["entry_no"]]
    sales = next(one for one in meizhou["figures"] if one["column"] == "sales")
    assert (sales["published"], sales["today"], sales["difference"]) == (14_800, 16_000, 1_200)
    assert office.get(f"{path}/verification", who).get_json() == {
        "holds": True,
        "has_digest": True,
        "is_signed": True,
        "is_same": True,
        "difference": None,
    }


def test_a_draft_sent_twice_is_one_and_bad_ones_are_refused_without_a_trace(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    first = office.post("/bulletins", who, DRAFT, key="same")
    again = office.post("/bulletins", who, DRAFT, key="same")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    for changes, wanted in (
        ({"period": "2020-10"}, (409, "bulletin_period_open")),
        ({"report": "R4"}, (422, "report_not_sealed")),
        ({"report": "R9"}, (404, "unknown_report")),
        ({"area_code": "450000"}, (403, "out_of_scope")),
    ):
        assert refused(office.post("/bulletins", who, DRAFT | changes)) == wanted
    for changes in ({"disclosure": "maybe"}, {"title": ""}, {"main_to": ["x"] * 51}, {"period": "2020-13"}):
        assert office.post("/bulletins", who, DRAFT | changes).status_code == 422
    assert refused(office.post("/bulletins", office.as_role("auditor"), DRAFT)) == (403, "forbidden")
    assert len(office.get("/bulletins", who).get_json()["items"]) == 1


@pytest.mark.parametrize("step", ["review", "issue"])
def test_who_lacks_the_permission_or_the_area_moves_nothing(office: Office, step: str) -> None:
    who = office.as_role("statistician", "440000")
    path = f"/bulletins/{office.post('/bulletins', who, DRAFT).get_json()['number']}"
    body = {"verdict": "approve", "opinion": ""}
    role = {"review": "province_officer", "issue": "issuer"}[step]
    assert refused(office.post(f"{path}/{step}", who, body)) == (403, "forbidden")
    assert refused(office.post(f"{path}/{step}", office.as_role(role, "450000"), body)) == (404, "not_found")
    assert refused(office.post(f"/bulletins/T0/{step}", office.as_role(role, "440000"), body)) == (
        404,
        "not_found",
    )
    assert office.get(path, who).get_json()["state"] == "drafted"


def test_a_new_version_is_shown_beside_the_one_it_replaces(office: Office) -> None:
    first = issue(office)
    second = issue(office, supersedes=first["number"], reason="更正标题", title="更正")
    assert (second["issue_title"], second["supersedes"]) == ("2020年第1期(总第1期),第2版", first["number"])
    who = office.as_role("statistician", "440000")
    assert office.get(f"/bulletins/{first['number']}", who).get_json()["superseded_by"] == second["number"]
    listed = office.get("/public/bulletins?page_size=1").get_json()
    assert [(row["number"], row["supersedes"]) for row in listed["items"]] == [
        (second["number"], first["number"])
    ]
    rest = office.get(f"/public/bulletins?page_size=1&cursor={listed['next_cursor']}").get_json()
    assert [(row["number"], row["superseded_by"]) for row in rest["items"]] == [
        (first["number"], second["number"])
    ]


def test_the_command_builds_all_issued_ones_again(office: Office) -> None:
    numbers = [issue(office)["number"], issue(office, report="R6", disclosure="not_open")["number"]]
    run = office.client.application.test_cli_runner().invoke
    told = run(args=["statistics", "bulletin", "verify"])
    assert (told.exit_code, told.output) == (0, "".join(f"{number}: holds\n" for number in numbers))
    assert run(args=["statistics", "bulletin", "verify", numbers[1]]).output == f"{numbers[1]}: holds\n"
    unknown = run(args=["statistics", "bulletin", "verify", "T0"])
    assert (unknown.exit_code, "there is no bulletin T0" in unknown.output) == (1, True)
