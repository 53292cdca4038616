"""Pledges by HTTP: registered, fulfilled by a reported sale, summed with the definition, ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.core import db
from marketplace.core.clock import frozen_at
from tests.catalogue_world import NOON
from tests.support.reporting_shop import open_shop

PLEDGES = "/api/v1/intake/pledges"
NEW = {
    "kind": "signed",
    "event": "2020消费扶贫展销会",
    "buyer_name": "演示集团",
    "buyer_uscc": "91350100m000100y43",
    "buyer_area": "440100",
    "seller_name": "演示合作社",
    "origin_area": "469025",
    "amount_fen": 20_000,
    "signed_on": "2020-09-28",
}


@pytest.fixture
def officer(as_role: Callable[..., dict[str, str]]) -> dict[str, str]:
    return as_role("county_officer", "440100")


def test_a_pledge_is_registered_fulfilled_summed_and_ended(
    client: FlaskClient, officer: dict[str, str]
) -> None:
    with frozen_at(NOON):
        with db.transaction() as session:
            shop = open_shop(session, "exhibition")
            shop.report(shop.row(单据号="P1"), total_fen=14_700)
            channel = shop.channel.code
        made = client.post(PLEDGES, headers=officer | {"Idempotency-Key": "q-1"}, json=NEW)
        assert (made.status_code, made.get_json()["progress"]) == (201, "none")
        assert made.get_json()["buyer_uscc"] == "91350100M000100Y43"
        number = made.get_json()["number"]
        named = client.post(
            f"{PLEDGES}/{number}/sales",
            headers=officer | {"Idempotency-Key": "q-2"},
            json={"channel": channel, "order_ref": "P1"},
        ).get_json()
        assert (named["progress"], named["fulfilled_fen"]) == ("partly", 14_700)
        asked = client.get(f"{PLEDGES}/summary?by=kind,city&view=buyer", headers=officer).get_json()
        assert "不是销售额" in asked["definition"]
        assert [(one["titles"], one["measures"]["signed_amount"]) for one in asked["rows"]] == [
            (["签约金额", "广州市"], 20_000)
        ]
        assert client.get(f"{PLEDGES}/summary?by=colour", headers=officer).status_code == 422
        both = client.post(
            f"{PLEDGES}/{number}/sales",
            headers=officer | {"Idempotency-Key": "q-3"},
            json={"channel": channel},
        )
        assert both.status_code == 422
        ended = client.post(
            f"{PLEDGES}/{number}/end",
            headers=officer | {"Idempotency-Key": "q-4"},
            json={"state": "lapsed", "opinion": "到期"},
        )
        assert ended.get_json()["state"] == "lapsed"
        listed = client.get(f"{PLEDGES}?state=lapsed", headers=officer).get_json()["items"]
        assert [(one["number"], one["fulfilled_fen"]) for one in listed] == [(number, 14_700)]


def test_another_county_learns_nothing(
    client: FlaskClient, officer: dict[str, str], as_role: Callable[..., dict[str, str]]
) -> None:
    with frozen_at(NOON):
        number = client.post(PLEDGES, headers=officer | {"Idempotency-Key": "q-1"}, json=NEW).get_json()[
            "number"
        ]
        stranger = as_role("county_officer", "441403")
        assert client.get(f"{PLEDGES}/{number}", headers=stranger).status_code == 404
        assert client.get(f"{PLEDGES}/summary?area=440100", headers=stranger).status_code == 403
        assert client.get(PLEDGES, headers=stranger).get_json()["items"] == []
