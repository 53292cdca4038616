"""The aid share by HTTP: set by officials, read by operators and officials, with alarms and a file."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from marketplace.core import db
from marketplace.core.clock import frozen_at, shanghai
from marketplace.statistics.aid_share.service import raise_alarms
from tests.catalogue_world import NOON, World
from tests.support.reporting_device import open_cabinet


def test_a_share_is_set_measured_and_alarmed(
    app: Flask, as_role: Callable[..., dict[str, str]], own_database: db.Database
) -> None:
    client = app.test_client()
    water = {"fpgoodsmark": "2", "fpwthirdpartyid": None, "suppliercode": None, "goodsname": "矿泉水"}
    with frozen_at(NOON):
        with db.transaction() as session:
            operator_id = World(session).organisation("channel_operator").id
            cabinet = open_cabinet(session, operator_id=operator_id)
            code = cabinet.channel.code
            cabinet.report(cabinet.row("A1"), cabinet.row("A2", payamt="51.00", **water))
        operator = as_role("channel_operator", organisation_id=operator_id)
        statistician = as_role("statistician", "440000")
        body = {"channel_kind": "counter", "area_code": "440100", "from_period": "2020-10", "share_bp": 6_000}
        key = {"Idempotency-Key": "k-1"}
        assert client.post("/api/v1/aid-share-rules", json=body, headers=operator | key).status_code == 403
        made = client.post("/api/v1/aid-share-rules", json=body, headers=statistician | key)
        assert (made.status_code, made.get_json()["alarm_day"]) == (201, 20)
        assert len(client.get("/api/v1/aid-share-rules", headers=operator).get_json()["items"]) == 1
        found = client.get("/api/v1/aid-shares?period=2020-10", headers=operator).get_json()
        [channel], [whole] = found["channels"], found["operators"]
        assert (channel["share_bp"], channel["wanted_bp"], channel["is_below"]) == (4_900, 6_000, True)
        assert (whole["channels"], whole["below"], whole["sales_fen"], found["sales_fen"]) == (
            1,
            1,
            10_000,
            10_000,
        )
        text = client.get("/api/v1/aid-shares/file?period=2020-10", headers=operator).get_data(as_text=True)
        assert "49.00" in text
        away = client.get("/api/v1/aid-shares?period=2020-10&area=650000", headers=statistician).get_json()
        assert (away["channels"], away["share_bp"]) == ([], None)
    with frozen_at(shanghai(2020, 10, 20, 9)):
        with db.transaction() as session:
            assert raise_alarms(session) == 1
        [alarm] = client.get("/api/v1/aid-share-alarms", headers=operator).get_json()["items"]
        assert 'sanzhuan_aid_share_below{occasion="within"} 1\n' in client.get("/metrics").text
    assert (alarm["channel"], alarm["occasion"], alarm["share_bp"]) == (code, "within", 4_900)
