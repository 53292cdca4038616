"""Lists of targets and declared figures by HTTP: whole or not at all, twice nothing, by area."""

from __future__ import annotations

import io
from typing import Any

import sqlalchemy as sa

from marketplace.core import db
from marketplace.core.sheets.export import write_csv
from marketplace.statistics.models import DeclaredFigure, Target
from tests.support.published import Office, refused

HEADINGS = ("地区/层级", "年度", "指标(原文)", "目标/比例(原文)", "依据/source")
GOOD = ("广东省", "2020", "消费扶贫专柜", "1.5万台", "演示文件")
DECLARED = {
    "area_code": "440000",
    "measure": "sales",
    "from_day": "2020-09-01",
    "to_day": "2020-09-30",
    "raw_text": "约1万元",
    "source": "演示",
}


def send(
    office: Office, who: dict[str, str], *rows: tuple[str, ...], key: str, dry_run: str = "false"
) -> Any:
    body = {"file": (io.BytesIO(write_csv(HEADINGS, rows)), "targets.csv"), "dry_run": dry_run}
    headers = who | {"Idempotency-Key": key}
    return office.client.post("/api/v1/target-imports", headers=headers, data=body)


def stored(model: type[Any]) -> int:
    with db.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_list_of_targets_is_imported_once_and_read_with_its_words(office: Office) -> None:
    who = office.as_role("province_officer", "440000")
    dry = send(office, who, GOOD, key="dry", dry_run="true")
    assert (dry.status_code, dry.get_json()["targets_added"], stored(Target)) == (200, 0, 0)
    first = send(office, who, GOOD, key="first")
    assert (first.status_code, first.get_json()) == (
        201,
        {"dry_run": False, "rows_read": 1, "targets_added": 1, "targets_known": 0},
    )
    again = send(office, who, GOOD, key="again")
    assert (again.status_code, again.get_json()["targets_known"], stored(Target)) == (200, 1, 1)
    (row,) = office.get("/targets?year=2020", who).get_json()["items"]
    assert (row["measure"], row["amount"], row["raw_text"]) == ("points_counter", 15_000, "1.5万台")
    assert (row["indicator"], row["qualifier"], row["reason"]) == ("消费扶贫专柜", "exact", None)


def test_a_list_with_a_bad_row_is_422_by_row_and_column_and_nothing_is_set(office: Office) -> None:
    who = office.as_role("province_officer", "440000")
    answer = send(
        office, who, GOOD, ("广西", *GOOD[1:]), ("广东省", "2020", "专柜", "-5台", "演示"), key="bad"
    )
    assert refused(answer) == (422, "rows")
    assert [(one["pointer"], one["code"]) for one in answer.get_json()["errors"]] == [
        ("/rows/3/地区/层级", "out_of_scope"),
        ("/rows/4/目标/比例(原文)", "amount_unknown_words"),
    ]
    assert stored(Target) == 0
    assert refused(send(office, office.as_role("county_officer", "441403"), GOOD, key="x")) == (
        403,
        "forbidden",
    )
    assert refused(send(office, {}, GOOD, key="y")) == (401, "not_authenticated")


def test_a_declared_figure_stands_beside_the_computed_one_without_a_percentage(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    made = office.post("/declared-figures", who, DECLARED, key="declared")
    assert made.status_code == 201
    body = made.get_json()
    assert (body["declared_fen"], body["qualifier"], body["computed_fen"], body["comparison"]) == (
        1_000_000,
        "about",
        14_800,
        "不可比",
    )
    assert office.get("/declared-figures?year=2020", who).get_json()["items"] == [body]
    assert office.get("/declared-figures?year=2019", who).get_json()["items"] == []
    elsewhere = office.as_role("statistician", "450000")
    assert office.get("/declared-figures?year=2020", elsewhere).get_json()["items"] == []
    assert refused(office.post("/declared-figures", elsewhere, DECLARED)) == (403, "out_of_scope")
    wrong = DECLARED | {"raw_text": "很多"}
    assert refused(office.post("/declared-figures", who, wrong)) == (422, "amount_no_number")
    assert stored(DeclaredFigure) == 1


def test_household_measures_go_by_where_households_live_and_sales_do_not(office: Office) -> None:
    who = office.as_role("statistician", "441400")
    path = "/statistics?measures=households_covered&by=household_area&level=county&period=2020-09"
    body = office.get(path, who).get_json()
    assert [(row["key"], row["titles"], row["figures"]) for row in body["rows"]] == [
        (["441403"], ["梅县区"], {"households_covered": 7})
    ]
    answer = office.get("/statistics?measures=sales&by=household_area", who)
    assert refused(answer) == (400, "dimension_of_households_only")
    assert "households_covered" in answer.get_json()["known"]
    filtered = office.get("/statistics?measures=households_covered&household_area=441422", who)
    assert filtered.get_json()["total"] == {"households_covered": 0}


def test_days_and_quarters_are_filters_of_their_own_shape(office: Office) -> None:
    who = office.as_role("statistician")
    for query, total in (("day=2020-09-12", 14_800), ("quarter=2020Q4", 7_700), ("year=2020", 22_500)):
        assert office.get(f"/statistics?measures=sales&{query}", who).get_json()["total"]["sales"] == total
    for query in ("day=2020-9-1", "quarter=2020Q5", "year=20"):
        assert office.get(f"/statistics?measures=sales&{query}", who).status_code == 422


def test_a_report_says_what_its_form_carries_and_which_columns_share_a_head(office: Office) -> None:
    body = office.get("/reports/R1?period=2020-09&area=440000", office.as_role("statistician")).get_json()
    assert (body["form"]["form_no"], body["form"]["reporting_unit"]) == ("", "")
    under = {column["code"]: column["under"] for column in body["columns"]}
    assert (under["area"], under["sales"], under["aid_sales"]) == (None, "本月", "本月")
