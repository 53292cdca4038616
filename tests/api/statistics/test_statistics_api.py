"""Statistics by HTTP: questions, reports, targets, publication, reconciliation; by area, as JSON, CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest
import python_calamine
import sqlalchemy as sa

from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.statistics.models import Target
from marketplace.statistics.targets import NewTarget, set_target
from tests.support.published import Office, refused

TARGET = {
    "area_code": "440000",
    "year": 2020,
    "measure": "sales",
    "amount": 1_000_000,
    "raw_text": "1万元",
    "source": "演示文件",
}


def sales(office: Office, query: str, area: str = "000000") -> int:
    answer = office.get(f"/statistics?measures=sales&{query}", office.as_role("statistician", area))
    assert answer.status_code == 200, answer.get_json()
    total: int = answer.get_json()["total"]["sales"]
    return total


@pytest.mark.parametrize(
    "path", ["/statistics", "/reports", "/reports/R1?period=2020-09", "/targets?year=2020"]
)
def test_figures_are_for_those_who_sign_in_and_may(office: Office, path: str) -> None:
    assert refused(office.get(path)) == (401, "not_authenticated")
    assert refused(office.get(path, office.as_role("finance_clerk"))) == (403, "forbidden")
    assert office.get(path, office.as_role("statistician")).status_code == 200


def test_the_same_question_is_answered_for_the_asker_s_area_alone(office: Office) -> None:
    assert sales(office, "period=2020-09") == 14_800
    assert sales(office, "period=2020-09", "441400") == 14_800
    assert sales(office, "period=2020-09", "440100") == 0  # bought there, sold from 梅县
    assert sales(office, "period=2020-09&view=buyer", "440100") == 14_800
    elsewhere = office.get("/statistics?period=2020-09&area=441400", office.as_role("statistician", "440200"))
    assert refused(elsewhere) == (403, "out_of_scope")
    assert sales(office, "from=2020-09&to=2020-10") == 22_500


@pytest.mark.parametrize(
    ("query", "code", "known"),
    [
        ("measures=gold", "unknown_measure", "sales"),
        ("measures=sales&by=moon", "unknown_dimension", "period"),
        ("measures=sales&by=period,origin,producer,product", "too_many_dimensions", None),
        ("measures=sales&by=period,period", "too_many_dimensions", None),
        ("colour=red", "unknown_parameter", None),
    ],
)
def test_unknown_names_are_400_with_the_known_ones(
    office: Office, query: str, code: str, known: str | None
) -> None:
    answer = office.get(f"/statistics?{query}", office.as_role("statistician"))
    assert refused(answer) == (400, code)
    if known is not None:
        assert known in answer.get_json()["known"]


@pytest.mark.parametrize(
    "query",
    [
        "from=2020-13",
        "level=planet",
        "view=both",
        "on=yesterday",
        "area=999999",
        "origin=999999",
        "format=pdf",
    ],
)
def test_values_that_cannot_be_are_422_by_field(office: Office, query: str) -> None:
    answer = office.get(f"/statistics?measures=sales&{query}", office.as_role("statistician"))
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/statistics?measures=sales,orders&by=origin&period=2020-09", "/reports/R1?period=2020-09"]
)
def test_a_table_comes_as_csv_and_as_xlsx_without_live_formulas(office: Office, path: str) -> None:
    who = office.as_role("statistician")
    text = office.get(f"{path}&format=csv", who)
    assert text.mimetype == "text/csv"
    assert text.headers["Content-Disposition"].endswith(".csv")
    rows = list(csv.reader(io.StringIO(text.get_data().decode("utf-8-sig"))))
    assert any("梅州" in cell for row in rows for cell in row)
    sheet = office.get(f"{path}&format=xlsx", who)
    assert sheet.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert sheet.headers["Content-Disposition"].endswith(".xlsx")
    found = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet.get_data()))
    cells = [cell for row in found.get_sheet_by_index(0).to_python() for cell in row]
    assert any("梅州" in str(cell) for cell in cells)
    assert not any(str(cell).startswith("=") for cell in cells)


def test_every_report_is_listed_and_built_for_a_month_and_an_unknown_one_names_the_known(
    office: Office,
) -> None:
    who = office.as_role("statistician")
    codes = [row["code"] for row in office.get("/reports", who).get_json()["items"]]
    assert codes == [*(f"R{number}" for number in range(1, 9)), "COVERAGE", "WORKLIST"]
    for code in codes:
        body = office.get(f"/reports/{code}?period=2020-09&area=440000", who).get_json()
        assert (body["code"], body["period"]) == (code, "2020-09")
        assert all(len(row) == len(body["columns"]) for row in body["rows"])
    answer = office.get("/reports/R9?period=2020-09", who)
    assert refused(answer) == (404, "unknown_report")
    assert answer.get_json()["known"] == codes
    assert office.get("/reports/R1", who).status_code == 422


def test_a_target_is_set_by_those_over_the_area_and_set_again_as_a_new_version(office: Office) -> None:
    who = office.as_role("province_officer", "440000")
    first = office.post("/targets", who, TARGET, key="target-1")
    assert (first.status_code, first.get_json()["version"]) == (201, 1)
    again = office.post("/targets", who, TARGET, key="target-1")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert office.post("/targets", who, TARGET | {"amount": 2}).get_json()["version"] == 2
    listed = office.get("/targets?year=2020", who).get_json()["items"]
    assert [(row["version"], row["amount"]) for row in listed] == [(1, 1_000_000), (2, 2)]
    assert (
        office.get("/targets?year=2020", office.as_role("statistician", "450000")).get_json()["items"] == []
    )


def test_a_target_elsewhere_or_without_amount_or_measure_is_refused_and_nothing_is_kept(
    office: Office,
) -> None:
    who = office.as_role("province_officer", "440000")
    assert refused(office.post("/targets", who, TARGET | {"area_code": "450000"})) == (403, "out_of_scope")
    assert refused(office.post("/targets", who, TARGET | {"amount": None})) == (422, "target_empty")
    assert office.post("/targets", who, TARGET | {"measure": "gold"}).status_code == 422
    assert office.post("/targets", who, TARGET | {"area_code": "999999"}).status_code == 422
    assert office.post("/targets", who, TARGET | {"amount": 1.5}).status_code == 422
    assert refused(office.post("/targets", office.as_role("county_officer", "441403"), TARGET)) == (
        403,
        "forbidden",
    )
    with db.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Target)) == 0


def test_a_target_set_by_eight_at_once_has_eight_versions(own_database: db.Database) -> None:
    def work(number: int) -> int:
        with db.transaction() as session:
            values = TARGET | {"amount": number}
            return set_target(session, system_actor(), NewTarget(**values)).version  # type: ignore[arg-type]

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(work, range(8))) == Counter(range(1, 9))


def test_everybody_sees_closed_months_by_city_and_nobody_an_open_one(office: Office) -> None:
    body = office.get("/public/statistics?period=2020-09").get_json()
    (row,) = [row for row in body["rows"] if row["sales_fen"]]
    assert (row["title"], row["sales_fen"], row["households"]) == ("梅州市", 14_800, 7)
    assert refused(office.get("/public/statistics?period=2020-10")) == (404, "period_open")
    assert office.get("/public/statistics?period=2020-09&area=441403").status_code == 422
    assert office.get("/public/statistics").status_code == 422


def test_what_is_public_is_the_same_in_parquet_and_csv(office: Office, tmp_path: Path) -> None:
    path = "/public/statistics?period=2020-09&format="
    body = office.get(f"{path}json").get_json()
    figures = ("sales_fen", "aid_sales_fen", "consumption_aid_fen", "households", "persons")
    expected = [
        (body["period"], row["area"], row["title"], row is body["total"], *(row[name] for name in figures))
        for row in [*body["rows"], body["total"]]
    ]
    answer = office.get(f"{path}parquet")
    assert answer.mimetype == "application/vnd.apache.parquet"
    file = tmp_path / "public.parquet"
    file.write_bytes(answer.data)
    assert duckdb.read_parquet(str(file)).fetchall() == expected
    assert office.get(f"{path}parquet").data == answer.data
    lines = office.get(f"{path}csv").get_data(as_text=True).splitlines()
    assert len(lines) == 1 + len(expected)
    assert lines[-1].split(",")[3] == "true"


def test_reconciliation_is_for_those_who_verify_the_whole_country(office: Office) -> None:
    assert refused(office.get("/reconciliation")) == (401, "not_authenticated")
    assert refused(office.get("/reconciliation", office.as_role("county_officer", "441403"))) == (
        403,
        "forbidden",
    )
    assert refused(office.get("/reconciliation", office.as_role("statistician", "440000"))) == (
        403,
        "out_of_scope",
    )
    body = office.get("/reconciliation", office.as_role("auditor")).get_json()
    amounts = {
        row["title"]: row["amount"] if "amount" in row else row["amount_fen"] for row in body["totals"]
    }
    assert 22_500 in amounts.values()


def test_the_entries_behind_a_figure_add_up_to_it_page_by_page(office: Office) -> None:
    token = office.as_role("county_officer", "441403")
    cell = "period=2020-09&channel_kind=counter"
    total = office.get(f"/statistics?measures=sales,lines&{cell}", token).get_json()["total"]
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        body = office.get(f"/statistics/entries?{cell}&page_size=1{cursor}", token).get_json()
        found += body["items"]
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert sum(one["sale_fen"] for one in found) == total["sales"] > 0
    assert len({one["entry_no"] for one in found}) == len(found) >= total["lines"]
    assert not any("buyer_id" in one or "household" in str(one) for one in found)
    elsewhere = office.as_role("county_officer", "440106")
    assert office.get(f"/statistics/entries?{cell}", elsewhere).get_json()["items"] == []
    assert refused(office.get("/statistics/entries?household_area=441403", token)) == (
        400,
        "dimension_of_households_only",
    )
    assert refused(office.get("/statistics/entries")) == (401, "not_authenticated")
