"""Moving an order by HTTP: asked for, agreed to by three, seen by both units, refused to all others."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.core import db
from tests.orders_world import NOON


def _unit() -> Organisation:
    with db.transaction() as session:
        made = Organisation(
            kind="budget_unit",
            name="演示新单位",
            area_code="441400",
            fiscal_area="441400",
            fiscal_tier="city_level",
            is_demo=True,
            created_at=NOON,
        )
        session.add(made)
        session.flush()
        return made


def _say(desk: Any, move: str, who: dict[str, str], party: str, agree: bool = True) -> Any:
    return desk.post(f"/reattributions/{move}/consents", who, {"party": party, "agree": agree})


def test_an_order_is_moved_when_three_parties_agreed(desk: Any) -> None:
    number, new = desk.place(), _unit()
    theirs = desk.as_role("buyer", organisation_id=new.id)
    supervisor = desk.as_role("finance_supervisor", "440000")
    body = {"budget_unit_id": str(new.id), "reason": "下单时误选"}
    assert desk.get(f"/orders/{number}", theirs).status_code == 404
    asked = desk.post(f"/orders/{number}/reattributions", desk.buyer, body)
    assert asked.status_code == 201
    move = asked.get_json()["number"]
    assert [one["party"] for one in asked.get_json()["consents"]] == ["old_unit"]
    again = desk.post(f"/orders/{number}/reattributions", desk.buyer, body)
    assert (again.status_code, again.get_json()["code"]) == (409, "reattribution_open")
    assert _say(desk, move, theirs, "supervisor").status_code == 403
    assert _say(desk, move, desk.seller, "new_unit").status_code == 403
    waiting = "/reattributions?mine=to_consent"
    assert [one["number"] for one in desk.get(waiting, theirs).get_json()["items"]] == [move]
    assert desk.get(waiting, desk.buyer).get_json()["items"] == []
    assert _say(desk, move, theirs, "new_unit").status_code == 201
    assert desk.get(waiting, theirs).get_json()["items"] == []
    assert [one["number"] for one in desk.get(waiting, supervisor).get_json()["items"]] == [move]
    answer = _say(desk, move, supervisor, "supervisor").get_json()
    assert (answer["state"], answer["order_number"]) == ("done", number)
    assert [one["party_title"] for one in answer["consents"]] == ["原预算单位", "新预算单位", "主管单位"]
    order = desk.get(f"/orders/{number}", theirs).get_json()
    assert (order["budget_unit_id"], order["buyer_area"], order["reserve_year"]) == (
        str(new.id),
        "441400",
        2020,
    )
    listed = desk.get("/reattributions?state=done", theirs).get_json()["items"]
    assert [row["number"] for row in listed] == [move]


def test_strangers_neither_ask_nor_see_nor_speak(desk: Any) -> None:
    number, new = desk.place(), _unit()
    body = {"budget_unit_id": str(new.id), "reason": "下单时误选"}
    with db.transaction() as session:
        desk.shop.world.session = session
        stranger = desk.as_role("buyer", organisation_id=desk.shop.world.organisation().id)
    assert desk.post(f"/orders/{number}/reattributions", stranger, body).status_code == 404
    assert desk.post(f"/orders/{number}/reattributions", desk.seller, body).status_code == 403
    move = desk.post(f"/orders/{number}/reattributions", desk.buyer, body).get_json()["number"]
    assert desk.get(f"/reattributions/{move}", stranger).status_code == 404
    assert _say(desk, move, stranger, "new_unit").status_code == 404
    assert desk.get("/reattributions", stranger).get_json()["items"] == []
    elsewhere = desk.as_role("finance_supervisor", "440100")
    assert _say(desk, move, elsewhere, "supervisor").status_code == 403
    ended = desk.post(f"/reattributions/{move}/withdrawal", desk.buyer)
    assert ended.get_json()["state"] == "withdrawn"
    assert desk.get(f"/orders/{number}", desk.buyer).get_json()["budget_unit_id"] == str(desk.shop.buyer.id)
