"""The manager's routes over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from marketplace.core import db
from tests.support.office import unit


def test_a_manager_opens_lists_and_disables_an_account(
    client: FlaskClient, as_role: Callable[..., dict[str, str]]
) -> None:
    with db.transaction() as session:
        organisation = unit(session, "主管")
    manager = as_role("buyer_manager", organisation_id=organisation.id)
    body = {
        "organisation_id": str(organisation.id),
        "display_name": "采购员",
        "login": "unit.api",
        "role": "buyer_reviewer",
    }
    opened = client.post("/api/v1/unit-accounts", headers=manager, json=body)
    assert opened.status_code == 201, opened.get_json()
    assert opened.get_json()["account"]["opened_by_unit"] is True
    taken = client.post("/api/v1/unit-accounts", headers=manager, json=body)
    assert taken.get_json()["code"] == "login_taken"
    key = opened.get_json()["account"]["id"]
    rows = client.get("/api/v1/unit-accounts", headers=manager).get_json()["items"]
    assert [(row["id"], row["role"]) for row in rows] == [(key, "buyer_reviewer")]
    buyer = as_role("buyer", organisation_id=organisation.id)
    assert client.post(f"/api/v1/unit-accounts/{key}/disabling", headers=buyer).status_code == 403
    path = f"/api/v1/unit-accounts/{key}"
    assert client.post(f"{path}/disabling", headers=manager).status_code == 204
    assert client.post(f"{path}/disabling", headers=manager).status_code == 409
    assert client.post(f"{path}/enabling", headers=manager).status_code == 204
    assert client.post(f"{path}/password-reset", headers=manager).status_code == 200
