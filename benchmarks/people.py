"""Organisations, accounts and API tokens written straight into the tables: whoever a benchmark or a fault test calls as."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, ApiToken, Grant, Organisation, Person
from marketplace.accounts.tokens import digest
from marketplace.core.ids import uuid7


def rows(session: Session, model: Any, values: Sequence[dict[str, Any]]) -> None:
    """Insert plain rows into a model's table, with the model's defaults."""
    if values:
        table: Table = model.__table__
        session.connection().execute(insert(table), list(values))


def organisation_row(kind: str, name: str, area: str, now: datetime) -> dict[str, Any]:
    """An organisation of a kind that belongs to an area, as a row."""
    return {
        "id": uuid7(),
        "kind": kind,
        "name": name,
        "area_code": area,
        "fiscal_area": area,
        "created_at": now,
    }


def cooperative_rows(name: str, area: str, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """(organisation, producer) of a cooperative that is registered and produces in an area, as rows."""
    organisation = organisation_row("producer", name, area, now)
    producer = {
        "id": uuid7(),
        "organisation_id": organisation["id"],
        "name": name,
        "entity_kind": "cooperative",
        "registered_area": area,
        "production_area": area,
        "created_at": now,
    }
    return organisation, producer


def signed_in_as(
    session: Session,
    organisation: dict[str, Any] | None,
    roles: Sequence[str],
    login: str,
    now: datetime,
    area: str = "000000",
    owner_id: uuid.UUID | None = None,
) -> str:
    """Write an account with roles over `area`, and for the organisation where one is given; its API token.

    A new `organisation` is written too; `owner_id` names one that is there.
    """
    person = {"id": uuid7(), "display_name": login, "created_at": now}
    if organisation:
        owner_id = organisation["id"]
    account = {
        "id": uuid7(),
        "person_id": person["id"],
        "organisation_id": owner_id,
        "login": login,
        "opened_by_unit": True,
        "created_at": now,
    }
    token = f"sz_{login}-{uuid.uuid4().hex}"
    if organisation:
        rows(session, Organisation, [organisation])
    rows(session, Person, [person])
    rows(session, Account, [account])
    rows(
        session,
        Grant,
        [
            {
                "id": uuid7(),
                "account_id": account["id"],
                "role": role,
                "area_code": area,
                "organisation_id": owner_id,
                "granted_at": now,
            }
            for role in roles
        ],
    )
    key = {
        "id": uuid7(),
        "account_id": account["id"],
        "token_hash": digest(token),
        "label": login,
        "created_at": now,
        "expires_at": now + timedelta(days=30),
        "last_used_on": now.astimezone(UTC).date(),
    }
    rows(session, ApiToken, [key])
    return token
