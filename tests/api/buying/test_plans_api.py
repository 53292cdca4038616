"""Plans over HTTP."""

from __future__ import annotations

import io

from tests.orders_desk import Desk

LINE = {"category_code": "01", "fund_source": "canteen", "amount_fen": 5_000}


def test_a_plan_is_made_imported_approved_and_warns_at_the_checkout(desk: Desk) -> None:
    unit = desk.shop.buyer.id
    reviewer = desk.as_role("buyer_reviewer", organisation_id=unit)
    made = desk.post("/purchase-plans", desk.buyer, {"organisation_id": str(unit), "year": 2020})
    assert made.status_code == 201, made.get_json()
    path = f"/purchase-plans/{made.get_json()['id']}"
    headers = desk.buyer | {"If-Match": '"1"'}
    set_lines = desk.client.put(f"/api/v1{path}/lines", headers=headers, json={"lines": [LINE]})
    assert set_lines.get_json()["amount_fen"] == 5_000
    stale = desk.client.put(f"/api/v1{path}/lines", headers=headers, json={"lines": []})
    assert stale.status_code == 412
    bad = io.BytesIO("品类,资金来源,金额\n无此类,食堂,1\n".encode())
    refused = desk.client.post(
        f"/api/v1{path}/lines-file",
        headers=desk.buyer | {"Idempotency-Key": "bad"},
        data={"file": (bad, "plan.csv")},
    )
    assert (refused.status_code, refused.get_json()["code"]) == (422, "rows")
    good = io.BytesIO("品类,资金来源,金额\n01,食堂,60\n".encode())
    imported = desk.client.post(
        f"/api/v1{path}/lines-file",
        headers=desk.buyer | {"Idempotency-Key": "good"},
        data={"file": (good, "plan.csv")},
    )
    assert imported.get_json()["amount_fen"] == 6_000
    assert desk.post(f"{path}/submission", desk.buyer).get_json()["state"] == "submitted"
    assert desk.post(f"{path}/decision", desk.buyer, {"approve": True}).status_code == 403
    decided = desk.post(f"{path}/decision", reviewer, {"approve": True}).get_json()
    assert decided["state"] == "approved"
    answer = desk.post("/checkouts", desk.buyer, desk.checkout((2,), fund_source="union"))
    assert [one["line_no"] for one in answer.get_json()["warnings"]] == [None]
    rows = desk.get("/purchase-plans?year=2020", reviewer).get_json()["items"]
    assert [row["state"] for row in rows] == ["approved"]
    far = desk.as_role("buyer", organisation_id=desk.shop.seller_actor.organisation_id)
    assert desk.get(path, far).status_code == 404
    assert desk.get(path, desk.buyer).get_json()["beside_ordered_fen"] == 9_800
