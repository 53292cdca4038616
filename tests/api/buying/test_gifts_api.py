"""Gifts over HTTP, from a file to parcels."""

from __future__ import annotations

import io

from tests.orders_desk import Desk
from tests.orders_world import DELIVER_TO

ROWS = "姓名,电话,区划,地址,商品1,商品2\n张三,13812341234,440104,演示路1号,2,\n李四,13912341234,440104,演示路2号,1,1\n"


def test_a_file_becomes_a_checkout_with_parcels(desk: Desk) -> None:
    first, second = desk.shop.listings[:2]
    form = {"file": (io.BytesIO(ROWS.encode()), "list.csv"), "listing_ids": f"{first.id},{second.id}"}
    read = desk.client.post("/api/v1/gift-recipients", headers=desk.buyer, data=form)
    assert read.status_code == 200, read.get_json()
    body = {
        "buyer_id": str(desk.shop.buyer.id),
        "payment_method": "prepaid",
        "deliver_to": DELIVER_TO,
        "prices": [{"listing_id": str(row.id), "unit_price_fen": row.price_fen} for row in (first, second)],
        "recipients": read.get_json()["recipients"],
    }
    placed = desk.post("/gift-checkouts", desk.buyer, body)
    assert placed.status_code == 201, placed.get_json()
    assert placed.get_json()["total_fen"] == 3 * 4_900 + 5_900
    number = placed.get_json()["orders"][0]["number"]
    path = f"/gift-orders/{number}/parcels"
    page = desk.get(f"{path}?page_size=1", desk.seller).get_json()
    assert page["items"][0]["telephone"] == "138****1234"
    rest = desk.get(f"{path}?page_size=1&cursor={page['next_cursor']}", desk.seller).get_json()
    assert [row["parcel_no"] for row in rest["items"]] == [2]
    assert desk.get(f"{path}/file?format=csv", desk.seller).status_code == 422
    file = desk.get(f"{path}/file?format=csv&purpose=ship", desk.seller)
    assert "李四" in file.get_data(as_text=True)
    desk.pay(number, 20_600)
    desk.post(f"/orders/{number}/confirmation", desk.seller)
    shipped = desk.post(f"{path}/shipment", desk.seller, {"parcels": [{"parcel_no": 1}, {"parcel_no": 2}]})
    assert shipped.get_json() == {"number": number, "state": "shipped"}
    assert desk.post(f"{path}/1/delivery", desk.seller).get_json()["state"] == "shipped"
    assert desk.post(f"{path}/2/delivery", desk.buyer).get_json()["state"] == "delivered"
    far = desk.as_role("producer", organisation_id=desk.shop.buyer.id)
    assert desk.post(f"{path}/shipment", far, {"parcels": [{"parcel_no": 1}]}).status_code in (403, 404)


def test_a_bad_file_says_where(desk: Desk) -> None:
    form = {
        "file": (io.BytesIO("姓名,电话,区划,地址,商品1\n张三,x,440104,路,1\n".encode()), "list.csv"),
        "listing_ids": str(desk.shop.listings[0].id),
    }
    read = desk.client.post("/api/v1/gift-recipients", headers=desk.buyer, data=form)
    assert (read.status_code, read.get_json()["code"]) == (422, "rows")
    assert "张三" not in read.get_data(as_text=True)
