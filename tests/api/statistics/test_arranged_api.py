"""Comparisons, order, pages, sub-totals and filters of several values by HTTP; the leader's page."""

from __future__ import annotations

import csv
import io
from typing import Any

import pypdf
import pytest

from tests.support.published import Office, refused


def ask(office: Office, query: str, area: str = "000000", status: int = 200) -> dict[str, Any]:
    answer = office.get(f"/statistics?{query}", office.as_role("statistician", area))
    assert answer.status_code == status, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_comparison_has_its_title_unit_and_definition_in_both_languages(office: Office) -> None:
    query = "measures=sales,sales_mom&by=period&from=2020-09&to=2020-10"
    found = ask(office, query)
    assert [(row["key"], row["figures"]) for row in found["rows"]] == [
        (["2020-09"], {"sales": 14_800, "sales_mom": None}),
        (["2020-10"], {"sales": 7_700, "sales_mom": -4_797}),
    ]
    assert found["measures"][1] == {"code": "sales_mom", "title": "销售额环比(%)", "unit": "bp"}
    assert found["definitions"]["sales_mom"].startswith("(本期-上期)÷上期")
    who = office.as_role("statistician") | {"Accept-Language": "en"}
    english = office.get(f"/statistics?{query}", who).get_json()
    assert english["measures"][1]["title"] == "Sales, on the months before (%)"


def test_rows_come_in_the_order_and_the_portion_asked_for(office: Office) -> None:
    query = "measures=sales&by=period,channel_kind&sort=-sales"
    assert [row["figures"]["sales"] for row in ask(office, query)["rows"]] == [14_800, 7_700]
    assert len(ask(office, f"{query}&top=1")["rows"]) == 1
    first = ask(office, f"{query}&page_size=1")
    second = ask(office, f"{query}&page_size=1&cursor={first['next_cursor']}")
    assert [row["key"][0] for row in first["rows"] + second["rows"]] == ["2020-09", "2020-10"]
    assert second["next_cursor"] is None
    assert first["total"] == second["total"] == {"sales": 22_500}
    found = ask(office, "measures=sales&by=channel_kind,period&subtotals=true")
    assert [(row["key"], row["figures"]) for row in found["subtotals"]] == [(["counter"], {"sales": 22_500})]


def test_a_cursor_goes_on_with_its_own_question_alone(office: Office) -> None:
    query = "measures=sales&by=period&page_size=1"
    cursor = ask(office, query)["next_cursor"]
    for other in (
        "measures=orders&by=period",
        "measures=sales&by=period&sort=sales",
        "measures=sales&by=day",
    ):
        assert ask(office, f"{other}&page_size=1&cursor={cursor}", status=400)["code"] == "cursor"
    assert ask(office, f"{query}&cursor={cursor}", "440000", status=400)["code"] == "cursor"


def test_a_csv_has_sub_totals_above_its_total(office: Office) -> None:
    query = "/statistics?measures=sales&by=channel_kind,period&subtotals=true&format=csv"
    answer = office.get(query, office.as_role("statistician"))
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [row[:2] for row in rows[-2:]] == [["专柜", "小计"], ["合计", ""]]


def test_a_filter_takes_several_values_and_many_too_many_are_refused_by_name(office: Office) -> None:
    assert ask(office, "measures=sales&origin=441403,450000")["total"] == {"sales": 22_500}
    for key in ("4414", "44,450000"):  # the key of a cell is a filter
        assert ask(office, f"measures=sales&origin={key}")["total"] == {"sales": 22_500}
    assert ask(office, "measures=sales&origin=4501")["total"] == {"sales": 0}
    assert ask(office, "measures=sales&quarter=2020Q3,2020Q4")["total"] == {"sales": 22_500}
    assert ask(office, "measures=sales&channel_kind=zone,hall_online")["total"] == {"sales": 0}
    for values, status in (
        ("441403", 200),
        ("441403,444", 422),
        ("441403,999999", 422),
        ("441403,,441400", 422),
    ):
        ask(office, f"measures=sales&origin={values}", status=status)
    for name, value in (("origin", "441403"), ("channel_kind", "counter"), ("household_area", "441403")):
        many = ",".join([value] * 10_000)
        found = ask(office, f"measures=sales&{name}={many}", status=400)
        assert (found["code"], found["most"]) == ("too_many_values", 200)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("measures=sales&sort=orders", "unknown_sort"),
        ("measures=sales,sales_yoy", "comparison_needs_months"),
        ("measures=sales_yoy&by=sold_period&period=2020-09", "comparison_not_by_dimension"),
        ("measures=sales_tomorrow", "unknown_measure"),
        (f"measures=sales&by={','.join(['origin'] * 12)}", "too_many_dimensions"),
    ],
)
def test_what_cannot_be_asked_is_a_400_with_a_code(office: Office, query: str, code: str) -> None:
    assert ask(office, query, status=400)["code"] == code


@pytest.mark.parametrize(
    "query",
    [
        "from=9999-12",
        "to=9999-12",
        "period=9999-12",
        "period=1000-01",
        "period=0000-00",
        "from=2020-10&to=2020-09",
        "year=9999",
        "quarter=9999Q4",
        "half_year=2020H3",
        "day=9999-12-31",
        "sold_period=9999-12",
        "on=9999-12-31",
        "subtree=x",
        "top=0",
        "page_size=100000",
        f"by={','.join(['origin'] * 40)}",
    ],
)
def test_nonsense_is_422_and_never_a_500(office: Office, query: str) -> None:
    ask(office, f"measures=sales&{query}", status=422)


@pytest.mark.parametrize("path", ["/reports/R1?period=9999-12", "/public/statistics?period=9999-12"])
def test_reports_have_no_month_of_the_year_9999(office: Office, path: str) -> None:
    assert office.get(path, office.as_role("statistician")).status_code == 422


PAGE = "/reports/leader-page?period=2020-09&area=440000"


def test_the_leader_s_page_is_for_those_who_read_statistics_of_the_area(office: Office) -> None:
    assert refused(office.get(PAGE)) == (401, "not_authenticated")
    assert refused(office.get(PAGE, office.as_role("finance_clerk"))) == (403, "forbidden")
    assert refused(office.get(PAGE, office.as_role("statistician", "441400"))) == (403, "out_of_scope")
    who = office.as_role("statistician", "440000")
    assert office.get(PAGE.replace("440000", "999999"), who).status_code == 422
    assert office.get(PAGE.replace("2020-09", "9999-12"), who).status_code == 422
    assert office.get("/reports/leader-page?period=2020-09", who).status_code == 422
    assert office.get(PAGE, who).status_code == 200


def test_the_leader_s_page_as_figures_names_each_with_its_definition(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    page = office.get(f"{PAGE}&view=buyer", who).get_json()
    figures = {one["code"]: one["value"] for one in page["figures"]}
    assert (figures["amount"], figures["sales"], figures["households"]) == (14_800, 14_800, 7)
    assert all(one["definition"] for one in page["figures"])
    assert page["parts"][0]["name"] == "广州市"
    assert [one["reasons"][0]["text"] for one in page["lagging"]] == ["本年未报"] * 5
    english = office.get(f"{PAGE}&view=buyer", who | {"Accept-Language": "en"}).get_json()
    assert english["lagging"][0]["reasons"][1]["text"].startswith("missing: Counter、Hall、Zone")


def test_the_leader_s_page_as_pdf_is_one_sheet_and_equal_bytes(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    first, again = office.get(f"{PAGE}&format=pdf", who), office.get(f"{PAGE}&format=pdf", who)
    assert first.mimetype == "application/pdf"
    assert first.get_data() == again.get_data()
    assert first.headers["ETag"] == again.headers["ETag"]
    assert len(pypdf.PdfReader(io.BytesIO(first.get_data())).pages) == 1


def test_new_reports_come_as_json_csv_and_xlsx(office: Office) -> None:
    who = office.as_role("statistician", "440000")
    for code in ("R7", "R8", "coverage", "WORKLIST"):
        path = f"/reports/{code}?period=2020-09&area=440000"
        body = office.get(path, who).get_json()
        assert all(len(row) == len(body["columns"]) for row in [*body["rows"], *body["more_totals"]])
        assert body["notes"]
        assert office.get(f"{path}&format=csv", who).status_code == 200
        assert office.get(f"{path}&format=xlsx", who).status_code == 200
