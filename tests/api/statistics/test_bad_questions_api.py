"""Questions that cannot be answered: a clear 4xx by HTTP, in bounded time, and the next one is answered."""

from __future__ import annotations

import time

import pytest

from tests.support.published import Office, refused

PATIENCE = 5.0  # seconds: an upper bound for a machine under load, not a measure
MANY = ",".join(f"counter{number}" for number in range(10_000))
DEEP = ",".join(["period", "origin", "producer", "product"] * 10)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("measures=gold", 400, "unknown_measure"),
        ("measures=sales_gold", 400, "unknown_measure"),
        ("measures=,", 400, "measures_missing"),
        ("measures=", 422, "invalid"),
        (f"measures={'sales,' * 1_000}", 422, "invalid"),
        ("measures=sales&by=moon", 400, "unknown_dimension"),
        ("measures=sales&by=origin.planet", 400, "unknown_dimension"),
        ("measures=sales&by=period,origin,producer,product", 400, "too_many_dimensions"),
        (f"measures=sales&by={DEEP}", 422, "invalid"),
        ("measures=sales&from=9999-01&to=9999-12", 422, "invalid"),
        ("measures=sales&period=9999-09", 422, "invalid"),
        ("measures=sales&on=9999-12-31", 422, "invalid"),
        ("measures=sales&year=9999", 422, "invalid"),
        ("measures=sales&from=0000-00", 422, "invalid"),
        ("measures=sales&from=2020-10&to=2020-09", 422, "months_out_of_order"),
        ("measures=sales&area=450000", 403, "out_of_scope"),
        ("measures=sales&area=440300", 403, "out_of_scope"),
        (f"measures=sales&channel_kind={MANY}", 400, "too_many_values"),
        (f"measures=sales&origin={','.join(['441403'] * 10_000)}", 400, "too_many_values"),
        (f"measures=sales&producer={'x' * 100_000}", 422, "invalid"),
        ("measures=sales&top=1000000000", 422, "invalid"),
        ("measures=sales&page_size=0", 422, "invalid"),
        ("measures=sales&sort=orders", 400, "unknown_sort"),
        ("measures=sales&cursor=rubbish", 400, "cursor"),
        ("measures=benefit_accrued&by=channel", 400, "measure_not_by_dimension"),
        ("measures=signed_amount&by=channel", 400, "measure_not_by_dimension"),
        ("measures=sales&by=household_area", 400, "dimension_of_households_only"),
    ],
)
def test_a_question_that_cannot_be_is_refused_with_its_reason_and_soon(
    office: Office, query: str, status: int, code: str
) -> None:
    who = office.as_role("statistician", "441400")
    began = time.monotonic()
    assert refused(office.get(f"/statistics?{query}", who)) == (status, code)
    assert time.monotonic() - began < PATIENCE
    assert office.get("/statistics?measures=sales&period=2020-09", who).get_json()["total"] == {
        "sales": 14_800
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("period=9999-01", 422, "invalid"),
        ("period=2020-09&level=village", 422, "invalid"),
        ("period=2020-09&view=both", 422, "invalid"),
        ("period=2020-09&area=450000", 403, "out_of_scope"),
        ("period=2020-09&area=999999", 422, "unknown_division"),
        ("period=2020-09&colour=red", 400, "unknown_parameter"),
    ],
)
def test_a_report_of_what_is_not_there_or_not_the_official_s_is_refused(
    office: Office, query: str, status: int, code: str
) -> None:
    who = office.as_role("statistician", "441400")
    for name in ("R1", "R7", "R8", "WORKLIST"):
        began = time.monotonic()
        assert refused(office.get(f"/reports/{name}?{query}", who)) == (status, code)
        assert time.monotonic() - began < PATIENCE


def test_the_entries_behind_a_figure_refuse_what_the_figure_refuses(office: Office) -> None:
    who = office.as_role("statistician", "441400")
    for query, status, code in (
        ("area=450000", 403, "out_of_scope"),
        (f"channel_kind={MANY}", 400, "too_many_values"),
        ("year=9999", 422, "invalid"),
    ):
        assert refused(office.get(f"/statistics/entries?{query}", who)) == (status, code)


def test_of_a_larger_area_an_official_is_answered_the_part_that_is_theirs(office: Office) -> None:
    who = office.as_role("statistician", "441400")
    for area in ("000000", "440000", "441400", "441403"):
        answer = office.get(f"/statistics?measures=sales&period=2020-09&area={area}", who)
        assert answer.get_json()["total"] == {"sales": 14_800}
        assert office.get(f"/reports/R1?period=2020-09&area={area}", who).status_code == 200
