"""Files by HTTP: a template is fetched, filled in, tried, handed in, handed in again; the receipt is taken away."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from marketplace.core import db, jobs
from marketplace.core.clock import frozen_at
from tests.catalogue_world import NOON, World
from tests.support.filled_in import filled_in
from tests.support.reporting_shop import Shop, open_shop

UPLOADS = "/api/v1/intake/uploads"


class Desk:
    """An operator with a file in hand."""

    def __init__(self, client: FlaskClient, shop: Shop, operator: dict[str, str]) -> None:
        self.client, self.shop, self.operator, self.keys = client, shop, operator, 0

    def hand_in(self, content: bytes, **form: Any) -> TestResponse:
        self.keys += 1
        values = {"channel": self.shop.channel.code, "adapter": "pos_hall"} | form
        return self.client.post(
            UPLOADS,
            headers=self.operator | {"Idempotency-Key": f"up-{self.keys}"},
            data=values | {"file": (io.BytesIO(content), "日报.xlsx")},
        )

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1/intake{path}", headers=self.operator)


@pytest.fixture
def desk(client: FlaskClient, as_role: Callable[..., dict[str, str]]) -> Iterator[Desk]:
    with frozen_at(NOON):
        with db.transaction() as session:
            shop = open_shop(session, "pos_hall")
        yield Desk(client, shop, as_role("platform_operator"))


def test_a_file_is_tried_handed_in_and_handed_in_again(desk: Desk) -> None:
    content = filled_in(
        "pos_hall", desk.shop.row(交易日期="2020-10-01", 交易时间="09:00:00"), {"小票号": "P2"}
    )
    tried = desk.hand_in(content, dry_run="true")
    assert (tried.status_code, tried.get_json()["batch"]) == (202, None)
    assert [
        (one["row_no"], one["outcome_title"], one["reason_title"]) for one in tried.get_json()["rows"]
    ] == [
        (3, "已入账", None),
        (4, "待处理(有误)", "必填项为空"),
    ]
    first = desk.hand_in(content).get_json()
    assert (first["known"], first["batch"]["state"]) == (False, "received")
    number = first["batch"]["number"]
    assert desk.get(f"/batches/{number}").get_json()["ahead"] == 0
    jobs.run_ready()
    again = desk.hand_in(content).get_json()
    assert (again["known"], again["batch"]["number"], again["batch"]["accepted"]) == (True, number, 1)
    receipt = desk.get(f"/batches/{number}/receipt?format=csv")
    assert receipt.headers["Content-Disposition"].endswith(f"receipt-{number}.csv")
    assert "必填项为空" in receipt.get_data(as_text=True)


def test_every_shape_has_a_template(desk: Desk) -> None:
    items = desk.get("/templates").get_json()["items"]
    assert {"pos_hall", "wholesale_market", "cabinet"} <= {one["code"] for one in items}
    for one in items:
        sheet = desk.get(f"/templates/{one['code']}")
        assert sheet.status_code == 200
        head = (
            CalamineWorkbook.from_filelike(io.BytesIO(sheet.get_data()))
            .get_sheet_by_name("填报")
            .to_python()[0]
        )
        assert [str(cell).strip("*") for cell in head] == [column["name"] for column in one["columns"]]
    assert desk.get("/templates/none").get_json()["code"] == "adapter"


def test_another_operator_hands_nothing_in_and_takes_no_receipt(
    desk: Desk, as_role: Callable[..., dict[str, str]]
) -> None:
    content = filled_in("pos_hall", desk.shop.row())
    number = desk.hand_in(content).get_json()["batch"]["number"]
    with db.transaction() as session:
        stranger_id = World(session).organisation("channel_operator").id
    desk.operator = as_role("channel_operator", organisation_id=stranger_id)
    assert desk.hand_in(content).status_code == 403
    assert desk.get(f"/batches/{number}/receipt").status_code == 404
