"""The cart and addresses over HTTP."""

from __future__ import annotations

from tests.orders_desk import Desk
from tests.orders_world import DELIVER_TO


def _put(desk: Desk, place: int, quantity: int, key: str | None = None) -> dict:
    body = {"listing_id": str(desk.shop.listings[place].id), "quantity": quantity}
    answer = desk.post("/cart/lines", desk.buyer, body, key)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def _terms(desk: Desk, **changes: object) -> dict:
    return {
        "buyer_id": str(desk.shop.buyer.id),
        "payment_method": "prepaid",
        "deliver_to": DELIVER_TO,
    } | changes


def test_a_cart_becomes_an_order_at_a_kept_address(desk: Desk) -> None:
    _put(desk, 0, 2, "same")
    shown = _put(desk, 0, 2, "same")  # the same key again adds nothing
    assert shown["total_fen"] == 9_800
    assert shown["blocks"][0]["lines"][0]["changes"] == []
    kept = desk.post(
        "/delivery-addresses",
        desk.buyer,
        {"organisation_id": str(desk.shop.buyer.id), "label": "食堂", "deliver_to": DELIVER_TO},
    ).get_json()
    assert kept["name"] == "演*"
    body = _terms(desk, delivery_address_id=kept["id"], total_fen=9_800)
    del body["deliver_to"]
    answer = desk.post("/cart/checkout", desk.buyer, body)
    assert answer.status_code == 201, answer.get_json()
    number = answer.get_json()["orders"][0]["number"]
    found = desk.get(f"/orders/{number}/delivery-address?purpose=%E5%8F%91%E8%B4%A7", desk.seller)
    assert found.get_json() == DELIVER_TO
    assert desk.get("/cart", desk.buyer).get_json()["blocks"] == []


def test_a_checkout_names_one_address(desk: Desk) -> None:
    _put(desk, 0, 1)
    for body in (
        _terms(desk, total_fen=4_900, deliver_to=None),
        _terms(desk, total_fen=4_900, delivery_address_id=str(desk.shop.buyer.id)),
    ):
        assert desk.post("/cart/checkout", desk.buyer, body).status_code == 422
    assert desk.get("/cart", desk.buyer).get_json()["ticked_lines"] == 1


def test_a_cart_is_changed_line_by_line(desk: Desk) -> None:
    _put(desk, 0, 1)
    _put(desk, 1, 1)
    first, second = (str(desk.shop.listings[place].id) for place in (0, 1))
    changed = desk.client.patch(
        f"/api/v1/cart/lines/{first}", headers=desk.buyer, json={"quantity": 4, "is_ticked": False}
    ).get_json()
    assert changed["total_fen"] == 5_900
    ticked = desk.client.put(
        "/api/v1/cart/ticks", headers=desk.buyer, json={"listing_ids": [first], "is_ticked": True}
    ).get_json()
    assert ticked["total_fen"] == 4 * 4_900 + 5_900
    left = desk.client.delete(f"/api/v1/cart/lines/{second}", headers=desk.buyer).get_json()
    assert left["total_fen"] == 4 * 4_900
    missing = desk.client.patch(f"/api/v1/cart/lines/{second}", headers=desk.buyer, json={"quantity": 4})
    assert missing.status_code == 404


def test_a_producer_has_no_cart(desk: Desk) -> None:
    assert desk.get("/cart", desk.seller).status_code == 403


def test_favourites_are_paged(desk: Desk) -> None:
    for listing in desk.shop.listings:
        kept = desk.client.put(f"/api/v1/favourites/{listing.id}", headers=desk.buyer)
        assert kept.status_code == 204
    page = desk.get("/favourites?page_size=2", desk.buyer).get_json()
    rest = desk.get(f"/favourites?page_size=2&cursor={page['next_cursor']}", desk.buyer).get_json()
    found = {row["listing_id"] for row in (*page["items"], *rest["items"])}
    assert found == {str(listing.id) for listing in desk.shop.listings}
    desk.client.delete(f"/api/v1/favourites/{desk.shop.listings[0].id}", headers=desk.buyer)
    assert len(desk.get("/favourites", desk.buyer).get_json()["items"]) == 2


def test_an_edited_address_needs_the_version_that_was_read(desk: Desk) -> None:
    body = {"label": "食堂", "deliver_to": DELIVER_TO}
    kept = desk.post(
        "/delivery-addresses", desk.buyer, body | {"organisation_id": str(desk.shop.buyer.id)}
    ).get_json()
    path = f"/api/v1/delivery-addresses/{kept['id']}"
    assert desk.client.put(path, headers=desk.buyer, json=body).status_code == 428
    headers = desk.buyer | {"If-Match": '"1"'}
    assert desk.client.put(path, headers=headers, json=body | {"label": "新"}).status_code == 200
    assert desk.client.put(path, headers=headers, json=body).status_code == 412
    assert desk.client.put(f"{path}/default", headers=desk.buyer).get_json()["is_default"]
    assert desk.get("/delivery-addresses", desk.buyer).get_json()["items"][0]["label"] == "新"
    assert desk.client.delete(path, headers=desk.buyer).status_code == 204
    assert desk.get("/delivery-addresses", desk.buyer).get_json()["items"] == []
