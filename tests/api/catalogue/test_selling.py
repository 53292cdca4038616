"""Opening points of sale, offering, listing, pricing and stock, by HTTP and by role."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.catalogue.models import Channel, Listing, Offer, StockItem, StockMovement
from marketplace.core.db import transaction
from tests.catalogue_world import World

AsRole = Callable[..., dict[str, str]]
CHANNEL = {
    "code": "GZ-0001",
    "kind": "counter",
    "name": "广州南站专柜",
    "area_code": "440113",
    "site_kind": "rail_station",
    "terms": {"levy_bp": 100, "levy_from": "2020-05-01"},
    "opened_on": "2020-09-01",
}


def keyed(headers: dict[str, str], key: str | None = None) -> dict[str, str]:
    return {**headers, "Idempotency-Key": key or uuid.uuid4().hex}


def count(model: type) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def goods() -> dict[str, Any]:
    """A certified product of a producer, and a hall with an operator."""
    with transaction() as session:
        world = World(session)
        producer = world.producer()
        product = world.product(producer)
        world.certificate(product)
        operator = world.organisation("operator")
        hall = world.channel("hall_online", operator_id=operator.id)
        return {
            "product": str(product.id),
            "producer_organisation": producer.organisation_id,
            "hall": str(hall.id),
            "operator": operator.id,
        }


def test_every_kind_of_channel_is_public(client: FlaskClient) -> None:
    kinds = client.get("/api/v1/channel-kinds").get_json()["items"]
    assert [kind["code"] for kind in kinds] == [
        "counter",
        "hall_online",
        "hall_offline",
        "zone",
        "platform_832",
        "special_train",
        "special_station",
        "wholesale_market",
        "fair",
        "direct_supply",
        "village_outlet",
        "broadcast",
    ]
    assert kinds[0]["title_zh"] == "专柜"


def test_a_platform_operator_opens_a_point_of_sale_in_its_area_once_per_key(
    client: FlaskClient, as_role: AsRole
) -> None:
    headers = keyed(as_role("platform_operator", "440100"), "open-1")
    first = client.post("/api/v1/channels", json=CHANNEL, headers=headers)
    again = client.post("/api/v1/channels", json=CHANNEL, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert first.get_json()["terms"] == {"levy_bp": 100, "levy_from": "2020-05-01"}
    assert count(Channel) == 1
    other = client.post("/api/v1/channels", json={**CHANNEL, "code": "X-2"}, headers=headers)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")


def test_the_public_sees_a_point_of_sale_without_its_contract(client: FlaskClient, as_role: AsRole) -> None:
    made = client.post(
        "/api/v1/channels", json=CHANNEL, headers=keyed(as_role("platform_operator", "440000"))
    ).get_json()
    shown = client.get(f"/api/v1/channels/{made['id']}")
    assert shown.headers["ETag"] == '"1"'
    assert "terms" not in shown.get_json()
    listed = client.get("/api/v1/channels", query_string={"kind": "counter", "area": "440100"}).get_json()
    assert [channel["code"] for channel in listed["items"]] == ["GZ-0001"]
    nowhere = client.get("/api/v1/channels", query_string={"area": "441400"}).get_json()
    assert nowhere == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [("platform_operator", "441400", 403), ("county_officer", "440113", 403), ("buyer", "440113", 403)],
)
def test_who_may_not_open_a_point_of_sale_opens_none(
    client: FlaskClient, as_role: AsRole, role: str, area: str, status: int
) -> None:
    with transaction() as session:
        organisation = World(session).organisation()
    headers = keyed(as_role(role, area, organisation_id=organisation.id))
    assert client.post("/api/v1/channels", json=CHANNEL, headers=headers).status_code == status
    assert client.post("/api/v1/channels", json=CHANNEL).status_code == 401
    assert count(Channel) == 0


def test_an_edit_names_the_version_it_edits(client: FlaskClient, as_role: AsRole) -> None:
    operator = as_role("platform_operator", "440000")
    path = (
        "/api/v1/channels/"
        + client.post("/api/v1/channels", json=CHANNEL, headers=keyed(operator)).get_json()["id"]
    )
    assert client.patch(path, json={"name": "新名"}, headers=operator).status_code == 428
    old = client.patch(path, json={"name": "新名"}, headers={**operator, "If-Match": '"9"'})
    assert old.status_code == 412
    done = client.patch(path, json={"name": "新名"}, headers={**operator, "If-Match": '"1"'})
    assert (done.status_code, done.headers["ETag"], done.get_json()["name"]) == (200, '"2"', "新名")
    bad = client.patch(path, json={"terms": {"levy_bp": 20_000}}, headers={**operator, "If-Match": '"2"'})
    assert bad.status_code == 422
    assert "/terms/levy_bp" in bad.text


def offered(client: FlaskClient, goods: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    answer = client.post(
        "/api/v1/offers", json={"product_id": goods["product"], "price_fen": 4_900}, headers=keyed(headers)
    )
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def test_a_producer_offers_lists_prices_and_stocks_its_product(
    client: FlaskClient, as_role: AsRole, goods: dict[str, Any]
) -> None:
    producer = as_role("producer", organisation_id=goods["producer_organisation"])
    offer = offered(client, goods, producer)
    assert (offer["spec"], offer["unit"], offer["net_weight_g"]) == ("5斤/箱", "箱", 2_500)
    body = {"channel_id": goods["hall"], "offer_id": offer["id"]}
    listed = client.post("/api/v1/listings", json=body, headers=keyed(producer))
    assert listed.status_code == 201, listed.text
    listing = listed.get_json()
    assert (listing["goods_class"], listing["price_fen"], listing["in_stock"]) == (
        "certified_aid",
        4_900,
        False,
    )
    moved = client.post(
        "/api/v1/stock-movements",
        json={"offer_id": offer["id"], "kind": "intake", "quantity": 30},
        headers=keyed(producer),
    )
    assert (moved.status_code, moved.get_json()["on_hand"]) == (201, 30)
    priced = client.post(
        f"/api/v1/listings/{listing['id']}/price",
        json={"price_fen": 5_200, "reason": "运费上涨"},
        headers=keyed(producer),
    )
    assert (priced.get_json()["price_fen"], priced.get_json()["in_stock"]) == (5_200, True)
    history = client.get(f"/api/v1/listings/{listing['id']}/prices").get_json()["items"]
    assert [row["price_fen"] for row in history] == [4_900, 5_200]
    stock = client.get("/api/v1/stock", query_string={"offer_id": offer["id"]}, headers=producer).get_json()
    assert [(row["on_hand"], row["channel_id"]) for row in stock["items"]] == [(30, None)]
    twice = client.post("/api/v1/listings", json=body, headers=keyed(producer))
    assert (twice.status_code, twice.get_json()["code"]) == (409, "already_listed")
    withdrawn = client.post(f"/api/v1/offers/{offer['id']}/withdrawal", headers=keyed(producer))
    assert (withdrawn.status_code, withdrawn.get_json()["code"]) == (409, "offer_listed")
    down = client.post(
        f"/api/v1/listings/{listing['id']}/state", json={"state": "delisted"}, headers=keyed(producer)
    )
    assert down.get_json()["state"] == "delisted"
    assert (
        client.post(f"/api/v1/offers/{offer['id']}/withdrawal", headers=keyed(producer)).get_json()["state"]
        == "withdrawn"
    )


def test_another_producer_neither_sees_nor_touches_the_offer(
    client: FlaskClient, as_role: AsRole, goods: dict[str, Any]
) -> None:
    offer = offered(client, goods, as_role("producer", organisation_id=goods["producer_organisation"]))
    with transaction() as session:
        stranger = World(session).producer().organisation_id
    headers = as_role("producer", organisation_id=stranger)
    assert client.get(f"/api/v1/offers/{offer['id']}", headers=headers).status_code == 404
    assert client.get("/api/v1/offers", headers=headers).get_json()["items"] == []
    listing = client.post(
        "/api/v1/listings",
        json={"channel_id": goods["hall"], "offer_id": offer["id"]},
        headers=keyed(headers),
    )
    moved = client.post(
        "/api/v1/stock-movements",
        json={"offer_id": offer["id"], "kind": "intake", "quantity": 1},
        headers=keyed(headers),
    )
    assert (listing.status_code, moved.status_code) == (403, 403)
    stock = client.get("/api/v1/stock", query_string={"offer_id": offer["id"]}, headers=headers)
    assert stock.get_json()["items"] == []
    assert (count(Listing), count(StockMovement), count(StockItem)) == (0, 0, 0)


def test_the_halls_operator_lists_and_pauses(
    client: FlaskClient, as_role: AsRole, goods: dict[str, Any]
) -> None:
    offer = offered(client, goods, as_role("producer", organisation_id=goods["producer_organisation"]))
    operator = as_role("channel_operator", organisation_id=goods["operator"])
    listing = client.post(
        "/api/v1/listings",
        json={"channel_id": goods["hall"], "offer_id": offer["id"]},
        headers=keyed(operator),
    ).get_json()
    path = f"/api/v1/listings/{listing['id']}/state"
    paused = client.post(path, json={"state": "paused", "reason": "缺货"}, headers=keyed(operator))
    assert (paused.get_json()["state"], paused.get_json()["state_reason"]) == ("paused", "缺货")
    again = client.post(path, json={"state": "paused"}, headers=keyed(operator))
    assert (again.status_code, again.get_json()["code"]) == (409, "illegal_transition")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"price_fen": 0}, 422, "invalid"),
        ({"price_fen": 4_900, "product_id": str(uuid.UUID(int=1))}, 422, "product_not_found"),
        ({"price_fen": 4_900, "seller_id": str(uuid.UUID(int=1))}, 422, "seller_not_found"),
        ({"price_fen": 49.0}, 422, "invalid"),
        ({"price_fen": True}, 422, "invalid"),
        ({"price_fen": 4_900, "tax_treatment": "none"}, 422, "invalid"),
        ({"price_fen": 4_900, "surprise": 1}, 422, "invalid"),
    ],
)
def test_a_bad_offer_is_refused_and_none_is_made(
    client: FlaskClient, as_role: AsRole, goods: dict[str, Any], body: dict[str, Any], status: int, code: str
) -> None:
    answer = client.post(
        "/api/v1/offers",
        json={"product_id": goods["product"], **body},
        headers=keyed(as_role("platform_operator", "000000")),
    )
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert count(Offer) == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "adjust", "quantity": -1}, 422, "reason_missing"),
        ({"kind": "adjust", "quantity": -1, "reason": "盘亏"}, 409, "stock_not_there"),
        ({"kind": "intake", "quantity": -1}, 422, "quantity"),
        ({"kind": "intake", "quantity": 0}, 422, "quantity"),
        ({"kind": "reserve", "quantity": 1}, 422, "invalid"),
        ({"kind": "intake", "quantity": 1, "channel_id": "hall"}, 409, "holds_no_stock"),
        ({"kind": "intake", "quantity": 1, "channel_id": str(uuid.UUID(int=1))}, 404, "channel_not_found"),
    ],
)
def test_a_bad_movement_is_refused_and_nothing_moves(
    client: FlaskClient, as_role: AsRole, goods: dict[str, Any], body: dict[str, Any], status: int, code: str
) -> None:
    headers = as_role("platform_operator", "000000")
    offer = offered(client, goods, headers)
    if body.get("channel_id") == "hall":
        body = {**body, "channel_id": goods["hall"]}
    answer = client.post(
        "/api/v1/stock-movements", json={"offer_id": offer["id"], **body}, headers=keyed(headers)
    )
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert count(StockMovement) == 0


def test_things_that_do_not_exist_are_not_found(client: FlaskClient, as_role: AsRole) -> None:
    nobody = uuid.UUID(int=1)
    headers = as_role("platform_operator", "000000")
    for path in (f"/channels/{nobody}", f"/listings/{nobody}", f"/listings/{nobody}/prices"):
        assert client.get(f"/api/v1{path}").status_code == 404
    assert client.get(f"/api/v1/offers/{nobody}", headers=headers).status_code == 404
    priced = client.post(f"/api/v1/listings/{nobody}/price", json={"price_fen": 1}, headers=keyed(headers))
    assert priced.status_code == 404
