"""Searching the registers of accounts: accounts by name, role and area; the audit trail by action, purpose and day."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Account, Organisation
from marketplace.core import audit
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import transaction
from tests.support.county import COUNTY
from tests.support.office import clerk

AsRole = Callable[..., dict[str, str]]


def test_accounts_are_found_by_name_role_and_area_and_only_by_who_administers_them(
    client: FlaskClient, as_role: AsRole
) -> None:
    with transaction() as session:
        unit = Organisation(
            kind="budget_unit", name="梅县演示中学", area_code=COUNTY, created_at=shanghai(2020, 1, 1)
        )
        session.add(unit)
        session.flush()
        held = clerk(session, "buyer_finance", unit.id)
        login = session.scalars(select(Account.login).where(Account.id == held.account_id)).one()
    admin = as_role("security_admin")

    def found(query: str, headers: dict[str, str]) -> list[str]:
        answer = client.get(f"/api/v1/accounts?{query}", headers=headers)
        assert answer.status_code == 200
        return [one["login"] for one in answer.get_json()["items"]]

    for query in (f"named={login[:-1]}&area={COUNTY}", f"role=buyer_finance&organisation_id={unit.id}"):
        assert found(query, admin) == [login]
    assert found(f"role=buyer&area={COUNTY}", admin) == []
    assert found(f"status=disabled&area={COUNTY}", admin) == []
    assert found("", as_role("security_admin", "440300")) == []
    assert client.get("/api/v1/accounts", headers=as_role("county_officer", COUNTY)).status_code == 403


def test_the_trail_is_searched_by_action_purpose_and_days_inclusive(
    client: FlaskClient, as_role: AsRole
) -> None:
    with transaction() as session, frozen_at(shanghai(2020, 9, 30, 23, 59)):
        actor = system_actor()
        audit.record(session, actor, "probe.thing.read", "probe", "1", purpose="核对分红名单")
        audit.record(session, actor, "probe.thing.changed", "probe", "1")
    auditor = as_role("auditor")

    def actions(query: str) -> list[str]:
        answer = client.get(f"/api/v1/audit-records?subject_kind=probe&{query}", headers=auditor)
        assert answer.status_code == 200
        return [one["action"] for one in answer.get_json()["items"]]

    both = ["probe.thing.changed", "probe.thing.read"]
    assert actions("action=probe.thing") == both
    assert actions("with_purpose=true") == ["probe.thing.read"]
    assert actions("purpose=分红") == ["probe.thing.read"]
    assert actions("purpose=工资") == []
    assert actions("from_day=2020-09-30&to_day=2020-09-30") == both
    assert actions("from_day=2020-10-01") == []
    assert actions("to_day=2020-09-29") == []
