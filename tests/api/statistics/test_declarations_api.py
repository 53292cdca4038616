"""Declarations by HTTP: three persons, zero beside silence, a rate with its list, reminders; by area and organisation."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from marketplace.core import db
from marketplace.statistics.declarations.models import Declaration, ReportingUnit, Silence
from tests.support.county import make_actor
from tests.support.published import Office, refused
from tests.support.reporting import CITY, COUNTY, FIGURES, OTHER, organisation

UNIT = {"report": "R1", "from_day": "2020-09-01", "due_day": 5}
YES = {"accept": True, "opinion": "属实"}


@dataclass
class Level:
    """A unit by HTTP and its three persons."""

    office: Office
    unit_id: str
    clerk: dict[str, str]
    reviewer: dict[str, str]
    issuer: dict[str, str]

    def draft(self, **body: Any) -> Any:
        given = {"unit_id": self.unit_id, "period": "2020-09"} | (body or {"figures": FIGURES})
        return self.office.post("/declarations", self.clerk, given)

    def sent(self, **body: Any) -> str:
        drafted = self.draft(**body)
        assert drafted.status_code == 201, drafted.get_json()
        path = f"/declarations/{drafted.get_json()['id']}"
        assert self.office.post(f"{path}/submission", self.clerk).status_code == 200
        assert self.office.post(f"{path}/review", self.reviewer, YES).status_code == 200
        assert self.office.post(f"{path}/sending", self.issuer, YES).status_code == 200
        return str(drafted.get_json()["id"])


@pytest.fixture
def levels(office: Office) -> dict[str, Level]:
    """梅州市, 梅县区 and 五华县 owe R1; it is 2020-10-06, a day after their day."""
    manager = office.as_role("province_officer", "440000")
    found = {}
    for area, officer in ((CITY, "city_officer"), (COUNTY, "county_officer"), (OTHER, "county_officer")):
        with db.transaction() as session:
            body = organisation(session, f"{area}帮扶部门(演示)", area)
        made = office.post(
            "/declarations/units", manager, UNIT | {"organisation_id": str(body.id), "area_code": area}
        )
        assert made.status_code == 201, made.get_json()
        found[area] = Level(
            office,
            made.get_json()["id"],
            office.as_role(officer, area),
            office.as_role("statistician", area),
            office.as_role("issuer", area),
        )
    return found


def stored(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_declaration_is_shown_beside_the_ledger_with_its_steps(
    office: Office, levels: dict[str, Level]
) -> None:
    county = levels[COUNTY]
    number = county.sent()
    body = office.get(f"/declarations/{number}", levels[CITY].reviewer).get_json()
    assert (body["state"], body["version"], body["name"], body["is_zero"]) == (
        "sent",
        1,
        f"{COUNTY}帮扶部门(演示)",
        False,
    )
    # September by origin: 98.00 linked and 50.00 before the agreement.
    assert body["figures"][0] == {
        "measure": "sales",
        "title": "销售额",
        "declared_fen": 10_000,
        "computed_fen": 14_800,
        "difference_fen": -4_800,
        "computed_now_fen": 14_800,
        "difference_now_fen": -4_800,
        "below_fen": None,
    }
    assert [step["to_state"] for step in body["steps"]] == ["draft", "submitted", "reviewed", "sent"]
    listed = office.get("/declarations?period=2020-09&state=sent", county.clerk).get_json()["items"]
    assert [row["id"] for row in listed] == [number]


def test_a_city_waits_for_its_counties_and_says_for_whom(office: Office, levels: dict[str, Level]) -> None:
    city, county, other = levels[CITY], levels[COUNTY], levels[OTHER]
    county.sent(zero_reason="当月无销售")
    drafted = city.draft().get_json()
    assert drafted["pending_below"] == [f"{OTHER}帮扶部门(演示)"]
    path = f"/declarations/{drafted['id']}"
    office.post(f"{path}/submission", city.clerk)
    office.post(f"{path}/review", city.reviewer, YES)
    early = office.post(f"{path}/sending", city.issuer, YES)
    assert refused(early) == (409, "units_pending")
    assert early.get_json()["pending"] == [f"{OTHER}帮扶部门(演示)"]
    reason = {"unit_id": other.unit_id, "period": "2020-09", "reason": "机构改革"}
    assert refused(office.post("/declarations/silences", other.reviewer, reason)) == (403, "own_silence")
    assert stored(Silence) == 0
    assert office.post("/declarations/silences", city.reviewer, reason).status_code == 201
    sent = office.post(f"{path}/sending", city.issuer, YES)
    assert (sent.status_code, sent.get_json()["state"]) == (200, "sent")


def test_the_rate_counts_zero_as_reported_and_lists_who_is_silent(
    office: Office, levels: dict[str, Level]
) -> None:
    levels[COUNTY].sent(zero_reason="当月无销售")
    levels[OTHER].draft()
    body = office.get(
        "/reporting-rate?from_period=2020-09&area=441400&level=county", levels[CITY].reviewer
    ).get_json()
    assert body["rows"] == [
        {"area_code": area, "title": title, "period": "2020-09", "due": 1, "reported": reported,
         "zero": reported, "late": reported, "listed": 0, "rate_bp": reported * 10_000}
        for area, title, reported in ((CITY, "梅州市", 0), (COUNTY, "梅县区", 1), (OTHER, "五华县", 0))
    ]  # fmt: skip
    assert [(row["due"], row["reported"], row["rate_bp"]) for row in body["totals"]] == [(3, 1, 3_333)]
    assert [(row["area_code"], row["state"], row["is_overdue"]) for row in body["missing"]] == [
        (CITY, None, True),
        (OTHER, "draft", True),
    ]
    register = office.get(
        "/declarations/register?report=R1&period=2020-09&area=441400", levels[CITY].reviewer
    ).get_json()["items"]
    assert [(row["word"], row["figures"][0]["declared_fen"]) for row in register] == [
        ("未报", None),
        ("零报告", 0),
        ("未报", None),
    ]
    for months in ("2020-09&to_period=2019-09", "2020-09&to_period=2021-09", "1900-01&to_period=2200-12"):
        answer = office.get(f"/reporting-rate?from_period={months}", levels[CITY].reviewer)
        assert refused(answer) == (400, "months")
    answer = office.get("/reporting-rate?from_period=9999-12", levels[CITY].reviewer)
    assert refused(answer) == (422, "invalid")
    assert office.get("/reporting-rate?from_period=2020-09", office.as_role("statistician", "450000")).get_json() == {
        "rows": [],
        "totals": [
            {"area_code": "000000", "title": "全国", "period": "2020-09", "due": 0, "reported": 0, "zero": 0,
             "late": 0, "listed": 0, "rate_bp": None}
        ],
        "missing": [],
    }  # fmt: skip


def test_who_is_silent_is_reminded_in_the_inbox(office: Office, levels: dict[str, Level]) -> None:
    levels[COUNTY].sent()
    body = {"report": "R1", "period": "2020-09", "area_code": CITY}
    first = office.post("/reporting-rate/reminders", levels[CITY].reviewer, body)
    assert (first.status_code, first.get_json()) == (200, {"told": 2, "told_before": 0})
    again = office.post("/reporting-rate/reminders", levels[CITY].reviewer, body)
    assert again.get_json() == {"told": 0, "told_before": 2}
    answer = office.post("/reporting-rate/reminders", levels[OTHER].reviewer, body)
    assert refused(answer) == (403, "out_of_scope")


def test_a_draft_is_changed_by_who_read_it_and_a_repeated_request_makes_one(
    office: Office, levels: dict[str, Level]
) -> None:
    county = levels[COUNTY]
    body = {"unit_id": county.unit_id, "period": "2020-09", "figures": FIGURES}
    first = office.post("/declarations", county.clerk, body, key="same")
    again = office.post("/declarations", county.clerk, body, key="same")
    assert (first.get_json()["id"], stored(Declaration)) == (again.get_json()["id"], 1)
    path = f"/api/v1/declarations/{first.get_json()['id']}"
    etag = office.client.get(path, headers=county.clerk).headers["ETag"]
    changed = {"figures": FIGURES | {"sales": 20_000}}
    assert office.client.patch(path, headers=county.clerk, json=changed).status_code == 428
    done = office.client.patch(path, headers=county.clerk | {"If-Match": etag}, json=changed)
    assert (done.status_code, done.get_json()["figures"][0]["declared_fen"]) == (200, 20_000)
    stale = office.client.patch(path, headers=county.clerk | {"If-Match": etag}, json=changed)
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"figures": {"sales": 1}}, "declared_measures"),
        ({"figures": dict.fromkeys(FIGURES, 0)}, "zero_without_reason"),
        ({"figures": FIGURES | {"own_purchase": 1}}, "declared_parts"),
        ({"figures": FIGURES, "zero_reason": "无"}, "zero_with_figures"),
        ({"figures": {"mood": 1}}, "invalid"),
        ({"figures": FIGURES | {"sales": 1.5}}, "invalid"),
    ],
)
def test_what_does_not_add_up_is_refused_and_nothing_is_kept(
    office: Office, levels: dict[str, Level], body: dict[str, Any], code: str
) -> None:
    assert refused(levels[COUNTY].draft(**body)) == (422, code)
    assert stored(Declaration) == 0


def test_who_is_not_of_the_unit_files_nothing_for_it(office: Office, levels: dict[str, Level]) -> None:
    county = levels[COUNTY]
    body = {"unit_id": county.unit_id, "period": "2020-09", "figures": FIGURES}
    assert refused(office.post("/declarations", levels[CITY].clerk, body)) == (403, "other_level")
    assert refused(office.post("/declarations", levels[OTHER].clerk, body)) == (404, "not_found")
    assert refused(office.post("/declarations", office.as_role("auditor"), body)) == (403, "forbidden")
    assert refused(office.post("/declarations", {}, body)) == (401, "not_authenticated")
    assert stored(Declaration) == 0


def test_an_operator_sees_and_files_its_own_and_a_duty_ends_once(
    office: Office, levels: dict[str, Level]
) -> None:
    with db.transaction() as session:
        body = organisation(session, "专柜运营公司(演示)", COUNTY, "operator")
        stranger = organisation(session, "另一运营公司(演示)", COUNTY, "operator")
        make_actor(session, "channel_operator", "000000", body.id)
    manager = office.as_role("province_officer", "440000")
    new = UNIT | {"report": "R3", "organisation_id": str(body.id), "area_code": COUNTY}
    unit = office.post("/declarations/units", manager, new).get_json()
    assert (unit["kind"], unit["due_day"], unit["until_day"]) == ("operator", 5, None)
    assert refused(office.post("/declarations/units", manager, new)) == (409, "reporting_unit_known")
    own = office.as_role("channel_operator", organisation_id=body.id)
    other = office.as_role("channel_operator", organisation_id=stranger.id)
    assert [row["id"] for row in office.get("/declarations/units", own).get_json()["items"]] == [unit["id"]]
    assert office.get("/declarations/units", other).get_json()["items"] == []
    figures = {"sales": 100, "aid_sales": 0, "ordinary_sales": 100}
    filed = {"unit_id": unit["id"], "period": "2020-09", "figures": figures}
    assert refused(office.post("/declarations", other, filed)) == (404, "not_found")
    assert office.post("/declarations", own, filed).status_code == 201
    end = f"/declarations/units/{unit['id']}/end"
    assert refused(office.post(end, manager, {"until_day": "2020-09-30"})) == (422, "until_day")
    until = {"until_day": "2020-11-01"}
    assert office.post(end, levels[CITY].reviewer, until).get_json()["until_day"] == "2020-11-01"
    assert refused(office.post(end, manager, until)) == (409, "reporting_unit_ended")
    assert stored(ReportingUnit) == 4


def test_a_level_neither_lays_a_duty_on_itself_nor_lifts_it(office: Office, levels: dict[str, Level]) -> None:
    county = levels[COUNTY]
    end = f"/declarations/units/{county.unit_id}/end"
    assert refused(office.post(end, county.reviewer, {"until_day": "2020-11-01"})) == (403, "own_duty")
    assert refused(office.post(end, levels[OTHER].reviewer, {"until_day": "2020-11-01"})) == (
        404,
        "not_found",
    )
    (unit,) = office.get("/declarations/units", county.clerk).get_json()["items"]
    new = UNIT | {"report": "R3", "organisation_id": unit["organisation_id"], "area_code": COUNTY}
    assert refused(office.post("/declarations/units", county.reviewer, new)) == (403, "own_duty")
    assert (unit["until_day"], stored(ReportingUnit)) == (None, 3)


def test_the_register_is_a_table_and_a_form_to_be_printed(office: Office, levels: dict[str, Level]) -> None:
    levels[COUNTY].sent()
    path = "/declarations/register?report=R1&period=2020-09&area=441400&format="
    table = office.get(f"{path}csv", levels[CITY].reviewer)
    lines = table.data.decode("utf-8-sig").split("\r\n")
    assert lines[0].split(",")[:7] == [
        "地区", "报送单位", "状态", "报送期限", "销售额:填报", "销售额:账本", "销售额:差额",
    ]  # fmt: skip
    assert [line.split(",")[:7] for line in lines[1:4]] == [
        ["梅州市", "441400帮扶部门(演示)", "未报", "2020-10-05", "未报", "—", "—"],
        ["梅县区", "441403帮扶部门(演示)", "已上报", "2020-10-05", "100.00", "148.00", "-48.00"],
        ["五华县", "441424帮扶部门(演示)", "未报", "2020-10-05", "未报", "—", "—"],
    ]
    assert lines[5] == '注,"报送率 33.33%:应报 3 个,已报 1 个,其中零报告 0 个。"'
    form = office.get(f"{path}xlsx", levels[CITY].reviewer)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(form.data)).get_sheet_by_index(0).to_python()
    assert (rows[0][0], rows[1][0]) == ("梅州市消费扶贫统计月报填报台账", "内部管理台账")
    assert form.data == office.get(f"{path}xlsx", levels[CITY].reviewer).data
