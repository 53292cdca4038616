"""Cases over HTTP: found, read side by side by both parties, decided by an official of both areas, once however often sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.app import compose
from marketplace.core import db
from marketplace.core.clock import frozen_at
from tests.catalogue_world import NOON, World
from tests.support.reporters import books, cases, open_reporter
from tests.support.reporting_device import open_cabinet

AsRole = Callable[..., dict[str, str]]


@dataclass
class Line:
    """A client, the number of an open case, and who may look at it."""

    client: FlaskClient
    as_role: AsRole
    case: str
    county: str
    operator_id: Any
    keys: int = 0

    def get(self, who: dict[str, str], path: str) -> TestResponse:
        return self.client.get(f"/api/v1/intake{path}", headers=who)

    def decide(self, who: dict[str, str], body: dict[str, Any], key: str | None = None) -> TestResponse:
        self.keys += 1
        headers = who | {"Idempotency-Key": key or f"k-{self.keys}"}
        return self.client.post(
            f"/api/v1/intake/duplicates/{self.case}/decisions", headers=headers, json=body
        )


@pytest.fixture
def line(client: FlaskClient, as_role: AsRole, own_database: db.Database) -> Iterator[Line]:
    compose()
    with frozen_at(NOON):
        with db.transaction() as session:
            cabinet = open_cabinet(session)
            operator = World(session).organisation("channel_operator")
            platform = open_reporter(cabinet, "platform_832", "platform_832")
            county = open_reporter(cabinet, "hall_offline", "county_register", operator_id=operator.id)
            platform.report(platform.row("P1"))
            county.report(county.row("X1"))
            [case] = cases(session)
            made = Line(client, as_role, case.number, county.channel.code, operator.id)
        yield made


CONFIRMED = {"outcome": "confirmed", "opinion": "已核对", "after": 0}


def test_both_sides_are_shown_field_by_field(line: Line) -> None:
    official = line.as_role("county_officer", "440106")
    [listed] = line.get(official, f"/duplicates?state=open&channel={line.county}").get_json()["items"]
    assert (listed["number"], listed["rule"], listed["sureness"]) == (line.case, "nearby", "likely")
    assert listed["precedence"]["zh"] == "平台导出订单优先于县级台账上报"
    shown = line.get(official, f"/duplicates/{line.case}").get_json()
    results = {one["field"]: one["result"] for one in shown["fields_compared"]}
    assert (results["amount_fen"], results["order_ref"], results["number"], results["lot"]) == (
        "equal",
        "differs",
        "one_side",
        "unsaid",
    )
    loser = shown[shown["loser"]]
    assert (loser["reporter"], loser["channel"], loser["order_ref"]) == ("county_upload", line.county, "X1")


def test_a_decision_sent_twice_is_one_and_the_board_shows_the_memo(line: Line) -> None:
    official = line.as_role("county_officer", "440100")
    first = line.decide(official, CONFIRMED, key="same")
    again = line.decide(official, CONFIRMED, key="same")
    assert (first.status_code, again.get_json()) == (201, first.get_json())
    assert [one["outcome"] for one in first.get_json()["history"]] == ["confirmed"]
    with db.transaction() as session:
        assert books(session) == 4_900
    operator = line.as_role("channel_operator", organisation_id=line.operator_id)
    board = line.get(operator, f"/channels/{line.county}/board?period=2020-09").get_json()
    memo = next(one for one in board["lines"] if one["code"] == "duplicates")
    assert (memo["count"], memo["fen"], memo["in_sum"]) == (1, 4_900, False)
    assert (board["sum_fen"], board["ledger_fen"], board["difference_fen"]) == (0, 0, 0)


def test_the_operator_of_the_loser_reads_the_case_and_does_not_decide_it(line: Line) -> None:
    operator = line.as_role("channel_operator", organisation_id=line.operator_id)
    assert line.get(operator, f"/duplicates/{line.case}").status_code == 200
    assert line.decide(operator, CONFIRMED).status_code == 403


def test_whom_neither_side_concerns_learns_nothing_of_the_case(line: Line) -> None:
    for who in (
        line.as_role("county_officer", "441403"),
        line.as_role("channel_operator", organisation_id=_stranger()),
    ):
        assert line.get(who, f"/duplicates/{line.case}").status_code == 404
        assert line.get(who, "/duplicates").get_json()["items"] == []
    assert line.decide(line.as_role("county_officer", "441403"), CONFIRMED).status_code == 404
    with db.transaction() as session:
        assert books(session) == 9_800


def _stranger() -> Any:
    with db.transaction() as session:
        return World(session).organisation("channel_operator").id


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (CONFIRMED | {"after": 1}, 409, "case_changed"),
        (CONFIRMED | {"outcome": "decided"}, 422, None),
        (CONFIRMED | {"opinion": ""}, 422, None),
        ({"outcome": "confirmed", "opinion": "x"}, 422, None),
    ],
)
def test_a_decision_that_cannot_be_meant_changes_nothing(
    line: Line, body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = line.decide(line.as_role("county_officer", "440100"), body)
    assert answer.status_code == status
    assert code is None or answer.get_json()["code"] == code
    with db.transaction() as session:
        assert (books(session), cases(session)[0].state) == (9_800, "open")
