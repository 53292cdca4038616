"""The ledger by HTTP: who sees which entries and statements, and who closes a month, once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.attribution.models import Period
from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from tests.support.published import Office, refused

CLOSING_OCTOBER = shanghai(2020, 11, 5, 9)


def closed() -> list[str]:
    with db.transaction() as session:
        return list(session.scalars(sa.select(Period.period).order_by(Period.period)))


@pytest.mark.parametrize("path", ["/periods", "/periods/2020-09", "/entries", "/statements"])
def test_the_books_are_shown_to_those_who_sign_in_and_may(office: Office, path: str) -> None:
    assert refused(office.get(path)) == (401, "not_authenticated")
    assert refused(office.get(path, office.as_role("auditor"))) == (403, "forbidden")
    assert office.get(path, office.as_role("statistician")).status_code == 200


def test_a_closed_month_says_what_froze_and_an_open_one_is_not_found(office: Office) -> None:
    who = office.as_role("statistician")
    body = office.get("/periods/2020-09", who).get_json()
    assert (body["entries"], body["sale_fen"], body["benefit_fen"], body["last_position"]) == (
        2,
        14_800,
        980,
        2,
    )
    assert (len(body["digest"]), len(body["chain_head"])) == (64, 64)
    assert [row["period"] for row in office.get("/periods", who).get_json()["items"]] == ["2020-09"]
    assert refused(office.get("/periods/2020-10", who)) == (404, "period_open")
    for wrong in ("2020-13", "September", "2020-9"):
        assert office.get(f"/periods/{wrong}", who).status_code in {400, 404, 422}


def test_entries_are_those_sold_from_or_bought_in_ones_area(office: Office) -> None:
    def seen(area: str) -> list[int]:
        answer = office.get("/entries", office.as_role("statistician", area))
        return [row["sale_fen"] for row in answer.get_json()["items"]]

    everything = [9_800, 5_000, 7_700]
    assert seen("000000") == everything
    assert seen("441400") == everything  # sold from
    assert seen("440100") == everything  # bought in
    assert seen("440200") == []


def test_a_producer_sees_its_own_entries_and_another_none(office: Office) -> None:
    own = office.as_role("producer", organisation_id=office.world.producer.organisation_id)
    assert [row["sale_fen"] for row in office.get("/entries", own).get_json()["items"]] == [
        9_800,
        5_000,
        7_700,
    ]
    assert [row["pool_fen"] for row in office.get("/statements", own).get_json()["items"]] == [980]


def test_entries_are_filtered_and_paged_without_gap_or_repetition(office: Office) -> None:
    who = office.as_role("statistician")
    linked = office.get("/entries?period=2020-09&version_no=0", who).get_json()["items"]
    assert [(row["sale_fen"], row["benefit_fen"], row["position"]) for row in linked] == [(5_000, 0, 2)]
    assert [row["position"] for row in office.get("/entries?period=2020-10", who).get_json()["items"]] == [
        None
    ]
    found, path = [], "/entries?page_size=1"
    while path:
        page = office.get(path, who).get_json()
        found += [row["sale_fen"] for row in page["items"]]
        path = f"/entries?page_size=1&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert found == [9_800, 5_000, 7_700]


@pytest.mark.parametrize(
    "query",
    [
        "period=2020-13",
        "line_id=x",
        "version_no=-1",
        "version_no=1.5",
        "cursor=nonsense",
        "page_size=0",
        "colour=red",
    ],
)
def test_wrong_filters_are_refused_by_name(office: Office, query: str) -> None:
    answer = office.get(f"/entries?{query}", office.as_role("statistician"))
    assert answer.status_code in {400, 422}
    assert answer.mimetype == "application/problem+json"


def test_a_statement_and_its_households_are_for_the_county(office: Office) -> None:
    officer = office.as_role("county_officer", "441403")
    (row,) = office.get(f"/statements?agreement={office.agreement}", officer).get_json()["items"]
    assert (row["period"], row["earned_period"], row["sale_fen"], row["pool_fen"], row["households"]) == (
        "2020-09",
        "2020-09",
        9_800,
        980,
        7,
    )
    path = f"/statements/{office.agreement}/households?period=2020-09"
    rows = office.get(path, officer).get_json()["items"]
    assert [row["benefit_fen"] for row in rows] == [140] * 7
    assert set(rows[0]) == {"household_no", "village", "benefit_fen"}
    assert refused(office.get(path)) == (401, "not_authenticated")
    assert refused(office.get(path, office.as_role("statistician"))) == (403, "forbidden")
    other = office.as_role("county_officer", "440203")
    assert office.get(path, other).status_code == 404  # what one may not see is not there
    assert office.get("/statements", other).get_json()["items"] == []
    assert office.get("/statements/NONE/households?period=2020-09", officer).status_code == 404
    assert office.get(f"/statements/{office.agreement}/households", officer).status_code == 422
    empty = office.get(f"/statements/{office.agreement}/households?period=2020-10", officer)
    assert empty.get_json()["items"] == []


def test_a_month_is_closed_by_the_nation_s_ledger_officer_alone(office: Office) -> None:
    with frozen_at(CLOSING_OCTOBER):
        for who, expected in (
            (office.as_role("statistician"), (403, "forbidden")),
            (office.as_role("ledger_officer", "440000"), (403, "out_of_scope")),
        ):
            assert refused(office.post("/periods/2020-10/close", who)) == expected
        assert refused(office.client.post("/api/v1/periods/2020-10/close")) == (401, "not_authenticated")
    assert closed() == ["2020-09"]


def test_the_same_key_closes_once_and_another_hears_that_it_is_closed(office: Office) -> None:
    with frozen_at(CLOSING_OCTOBER):
        who = office.as_role("ledger_officer")
        first = office.post("/periods/2020-10/close", who, key="close-october")
        assert first.status_code == 200
        assert (first.get_json()["entries"], first.get_json()["sale_fen"]) == (1, 7_700)
        again = office.post("/periods/2020-10/close", who, key="close-october")
        assert (again.status_code, again.get_json()) == (200, first.get_json())
        assert refused(office.post("/periods/2020-10/close", who)) == (409, "period_closed")
        other = office.post("/periods/2020-11/close", who, key="close-october")
        assert refused(other) == (409, "too_early")  # a key is one month's
    assert closed() == ["2020-09", "2020-10"]


def test_a_month_too_early_or_out_of_order_is_409_and_a_wrong_one_is_named(office: Office) -> None:
    who = office.as_role("ledger_officer")
    assert refused(office.post("/periods/2020-10/close", who)) == (409, "too_early")
    with frozen_at(shanghai(2021, 1, 6)):
        who = office.as_role("ledger_officer")
        assert refused(office.post("/periods/2020-12/close", who)) == (409, "earlier_period_open")
    assert office.post("/periods/2020-13/close", who).status_code in {400, 404, 422}
    assert closed() == ["2020-09"]
