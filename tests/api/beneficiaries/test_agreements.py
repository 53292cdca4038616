"""Agreements by HTTP, from the producer's draft to counts on the village board."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Organisation
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.core.db import transaction
from marketplace.producers.models import Producer, Product

AsRole = Callable[..., dict[str, str]]
_keys = itertools.count(1)
VILLAGE, SMALL_VILLAGE = "441403101201", "441403101202"
COUNTY = "441403"


@dataclass
class Stage:
    client: FlaskClient
    clerk: dict[str, str]
    officer: dict[str, str]
    producer_id: str
    product_id: str
    numbers: list[int]

    def post(self, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Any:
        key = {"Idempotency-Key": f"agreement-{next(_keys)}"}
        return self.client.post(f"/api/v1/{path}", json=body, headers=headers | key)

    def open(self, mode: str = "sales_rebate") -> str:
        answer = self.post(
            "agreements",
            {"producer_id": self.producer_id, "mode": mode, "title": "返利", "area_code": COUNTY},
            self.clerk,
        )
        assert answer.status_code == 201, answer.text
        number: str = answer.get_json()["number"]
        return number

    def version(self, **changes: Any) -> dict[str, Any]:
        return {
            "terms": {"rebate_bp": 1_000},
            "from_day": "2020-09-01",
            "products": [
                {
                    "product_id": self.product_id,
                    "linked_bp": 1_000,
                    "basis": "raw_material",
                    "evidence": "收购台账",
                }
            ],
            "roster": [{"household_no": n, "parts": 1} for n in self.numbers],
        } | changes

    def approved(self, **changes: Any) -> str:
        number = self.open()
        drafted = self.post(f"agreements/{number}/versions", self.version(**changes), self.clerk)
        assert drafted.status_code == 201, drafted.text
        assert self.post(f"agreements/{number}/versions/1/submission", None, self.clerk).status_code == 200
        done = self.post(
            f"agreements/{number}/versions/1/approval",
            {"document_no": "梅县扶〔2020〕9号", "opinion": "同意"},
            self.officer,
        )
        assert done.status_code == 200, done.text
        return number


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with frozen_at(shanghai(2020, 9, 15, 10)):
        yield


@pytest.fixture
def stage(client: FlaskClient, as_role: AsRole) -> Stage:
    with transaction() as session:
        organisation = Organisation(kind="producer", name="演示合作社", area_code=COUNTY, created_at=utcnow())
        session.add(organisation)
        session.flush()
        producer = Producer(
            organisation_id=organisation.id,
            name=organisation.name,
            entity_kind="cooperative",
            registered_area=COUNTY,
            production_area=COUNTY,
            created_at=utcnow(),
        )
        session.add(producer)
        session.flush()
        product = Product(
            producer_id=producer.id,
            name="金柚",
            category_code="fruit",
            spec="5斤装",
            unit="箱",
            origin_area=COUNTY,
            tax_treatment="exempt_self_produced",
            created_at=utcnow(),
        )
        session.add(product)
    officer = as_role("county_officer", COUNTY)
    made = Stage(
        client,
        as_role("producer", COUNTY, organisation_id=organisation.id),
        officer,
        str(producer.id),
        str(product.id),
        [],
    )
    standing = {"file_status": "graduated", "from_day": "2020-01-01", "members": 4, "document_no": "一"}
    rows = [
        {
            "area_code": village,
            "file_standard": "gd_relative",
            "standing": standing,
            "head": {"name": "欧阳演示"},
            "is_demo": True,
        }
        for village in [VILLAGE] * 3 + [SMALL_VILLAGE] * 2
    ]
    made.numbers = made.post("household-batches", {"households": rows}, officer).get_json()["household_nos"]
    return made


def test_modes_are_public_with_their_formula(client: FlaskClient) -> None:
    modes = client.get("/api/v1/linkage-modes").get_json()["items"]
    assert len(modes) == 14
    assert modes[0]["code"] == "employment"
    rebate = next(mode for mode in modes if mode["code"] == "sales_rebate")
    assert rebate["example_formula"] == "返利 = 销售额 × 10%"


def test_an_approved_agreement_reads_back_without_any_household(stage: Stage) -> None:
    number = stage.approved()
    view = stage.client.get(f"/api/v1/agreements/{number}", headers=stage.clerk).get_json()
    version = view["versions"][0]["version"]
    assert (version["state"], version["households"], version["formula"]) == (
        "approved",
        5,
        "返利 = 销售额 × 10%",
    )
    assert view["versions"][0]["products"] == [
        {
            "product_id": stage.product_id,
            "linked_bp": 1_000,
            "basis": "raw_material",
            "basis_title": "原料占比",
            "evidence": "收购台账",
        }
    ]
    assert "household_no" not in str(view)
    listed = stage.client.get("/api/v1/agreements", headers=stage.officer).get_json()["items"]
    assert [one["number"] for one in listed] == [number]


def test_the_roster_is_for_officials_of_the_area_and_masked(stage: Stage, as_role: AsRole) -> None:
    number = stage.approved()
    path = f"/api/v1/agreements/{number}/versions/1/roster"
    rows = stage.client.get(f"{path}?page_size=3", headers=stage.officer).get_json()
    assert [(r["household_no"], r["head_name"], r["parts"]) for r in rows["items"]] == [
        (n, "欧*", 1) for n in stage.numbers[:3]
    ]
    rest = stage.client.get(f"{path}?page_size=3&cursor={rows['next_cursor']}", headers=stage.officer)
    assert [r["household_no"] for r in rest.get_json()["items"]] == stage.numbers[3:]
    assert stage.client.get(path, headers=stage.clerk).status_code == 403
    assert stage.client.get(path, headers=as_role("county_officer", "441422")).status_code == 404


def test_a_refused_draft_says_what_is_wrong_where(stage: Stage) -> None:
    number = stage.open()
    bad = stage.post(f"agreements/{number}/versions", stage.version(terms={"rebate_bp": 10_001}), stage.clerk)
    assert (bad.status_code, bad.get_json()["errors"][0]["pointer"]) == (422, "/terms/rebate_bp")
    view = stage.client.get(f"/api/v1/agreements/{number}", headers=stage.clerk).get_json()
    assert view["versions"] == []


@pytest.mark.parametrize(
    "terms", [{"rebate_bp": True}, {"rebate_bp": "1000"}, {"rebate_bp": 1e3}, {"rebate_bp": {"a": [1]}}, {}]
)
def test_terms_are_whole_numbers_of_the_mode(stage: Stage, terms: dict[str, Any]) -> None:
    number = stage.open()
    bad = stage.post(f"agreements/{number}/versions", stage.version(terms=terms), stage.clerk)
    assert (bad.status_code, bad.get_json()["errors"][0]["pointer"]) == (422, "/terms/rebate_bp")


def test_a_roster_begins_from_an_earlier_version(stage: Stage) -> None:
    number = stage.approved()
    first, second, *rest = stage.numbers
    body = {"roster_of": 1, "roster": [{"household_no": second, "parts": 4}], "left": [first]}
    made = stage.post(f"agreements/{number}/versions", stage.version(**body), stage.clerk).get_json()
    assert (made["version"], made["households"], made["shares_total"]) == (2, 4, 4 + len(rest))
    rows = stage.client.get(
        f"/api/v1/agreements/{number}/versions/2/roster", headers=stage.officer
    ).get_json()
    assert {row["household_no"]: row["parts"] for row in rows["items"]} == {second: 4} | dict.fromkeys(
        rest, 1
    )


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"roster_of": 7}, "/roster_of", "roster_of"),
        ({"left": [1]}, "/left", "roster_left"),
        ({"roster_of": 1, "left": [999_999]}, "/left/0", "household"),
    ],
)
def test_a_roster_taken_over_wrongly_changes_nothing(
    stage: Stage, change: dict[str, Any], pointer: str, code: str
) -> None:
    number = stage.approved()
    bad = stage.post(f"agreements/{number}/versions", stage.version(roster=[], **change), stage.clerk)
    error = bad.get_json()["errors"][0]
    assert (bad.status_code, error["pointer"].lstrip("/"), error["code"]) == (422, pointer.lstrip("/"), code)
    view = stage.client.get(f"/api/v1/agreements/{number}", headers=stage.clerk).get_json()
    assert len(view["versions"]) == 1


def test_a_household_that_left_the_register_is_named_where_its_roster_is_taken_over(stage: Stage) -> None:
    number = stage.approved()
    gone = stage.numbers[0]
    standing = {"file_status": "removed", "from_day": "2020-09-10", "members": 4, "document_no": "移出1号"}
    assert stage.post(f"households/{gone}/standings", standing, stage.officer).status_code == 201
    later = {"roster_of": 1, "roster": [], "from_day": "2020-10-01"}
    bad = stage.post(f"agreements/{number}/versions", stage.version(**later), stage.clerk).get_json()
    assert (bad["code"], bad["numbers"]) == ("roster_kept", str(gone))
    good = stage.post(f"agreements/{number}/versions", stage.version(**later, left=[gone]), stage.clerk)
    assert good.get_json()["households"] == 4


def test_a_clerk_does_not_approve_and_a_repeated_approval_is_the_first_one(stage: Stage) -> None:
    number = stage.open()
    stage.post(f"agreements/{number}/versions", stage.version(), stage.clerk)
    stage.post(f"agreements/{number}/versions/1/submission", None, stage.clerk)
    body = {"document_no": "一号", "opinion": "同意"}
    path = f"agreements/{number}/versions/1/approval"
    assert stage.post(path, body, stage.clerk).status_code == 403
    key = {"Idempotency-Key": "approve-once"}
    first, again = (
        stage.client.post(f"/api/v1/{path}", json=body, headers=stage.officer | key) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.get_json() == again.get_json()
    assert stage.post(path, body, stage.officer).get_json()["code"] == "illegal_transition"


def test_fewer_than_three_households_are_never_counted_in_public(stage: Stage) -> None:
    stage.approved()
    counts = stage.client.get(f"/api/v1/village-counts?area={COUNTY}").get_json()["items"]
    assert [(c["area_code"], c["households"], c["households_text"]) for c in counts] == [
        (VILLAGE, 3, "3"),
        (SMALL_VILLAGE, None, "少于3户"),
    ]
    for wide in ("440000", "441400", "000000"):
        assert stage.client.get(f"/api/v1/village-counts?area={wide}").status_code == 422


def test_the_printed_board_is_masked_and_ends_with_the_notice(stage: Stage) -> None:
    number = stage.approved()
    rows = [{"household_no": stage.numbers[0], "amount_fen": 2_000_00}]
    paid = stage.post(
        f"agreements/{number}/payment-lists",
        {"kind": "rebate", "paid_on": "2020-09-10", "document_no": "返利表1", "rows": rows},
        stage.clerk,
    )
    assert (paid.status_code, paid.get_json()["total_fen"]) == (201, 2_000_00)
    again = stage.post(
        f"agreements/{number}/payment-lists",
        {"kind": "rebate", "paid_on": "2020-09-10", "document_no": "返利表1", "rows": rows},
        stage.clerk,
    )
    assert (again.status_code, again.get_json()["id"]) == (200, paid.get_json()["id"])
    path = f"/api/v1/villages/{VILLAGE}/board?paid_from=2020-01-01&paid_to=2021-01-01&notice_to="
    board = stage.client.get(f"{path}2020-09-15", headers=stage.officer).get_json()
    assert board["items"] == [
        {"head_name": "欧*", "members": 4, "modes": ["销售返利"], "paid_fen": fen} for fen in (2_000_00, 0, 0)
    ]
    ended = stage.client.get(f"{path}2020-09-14", headers=stage.officer)
    assert (ended.status_code, ended.get_json()["code"]) == (409, "notice_ended")
    assert stage.client.get(f"{path}2020-09-15").status_code == 401
    assert stage.client.get(f"{path}2020-09-15", headers=stage.clerk).status_code == 403


def test_activity_is_reported_by_the_month(stage: Stage) -> None:
    number = stage.open("employment")
    body = {"period": "2020-09", "activity": {"work_days_milli": 22_000}}
    first = stage.post(f"agreements/{number}/activity", body, stage.clerk)
    second = stage.post(f"agreements/{number}/activity", body, stage.clerk)
    assert [first.get_json()["version"], second.get_json()["version"]] == [1, 2]
    bad = stage.post(
        f"agreements/{number}/activity", {"period": "2020-09", "activity": {"profit_fen": 1}}, stage.clerk
    )
    assert (bad.status_code, bad.get_json()["errors"][0]["pointer"]) == (422, "/activity/profit_fen")


def test_payment_lists_show_totals_never_rows(stage: Stage) -> None:
    number = stage.approved()
    rows = [{"household_no": n, "amount_fen": 100} for n in stage.numbers]
    body = {"kind": "wages", "paid_on": "2020-09-10", "document_no": "工资表", "rows": rows}
    stage.post(f"agreements/{number}/payment-lists", body, stage.officer)
    listed = stage.client.get(f"/api/v1/agreements/{number}/payment-lists", headers=stage.clerk)
    assert [(one["total_fen"], one["households"]) for one in listed.get_json()["items"]] == [(500, 5)]
    assert "household_no" not in listed.text


def test_a_collective_is_listed(stage: Stage) -> None:
    made = stage.post(
        "village-collectives", {"area_code": VILLAGE, "name": "演示村经济联合社"}, stage.officer
    )
    assert made.status_code == 201
    listed = stage.client.get(f"/api/v1/village-collectives?area={COUNTY}", headers=stage.officer)
    assert [one["name"] for one in listed.get_json()["items"]] == ["演示村经济联合社"]
