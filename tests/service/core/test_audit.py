"""The audit trail stands and falls with the use case, and is never edited."""

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.db import Database, transaction
from marketplace.core.models import AuditRecord

CLERK = Actor(account_id=uuid.UUID(int=7), person_id=uuid.UUID(int=8), request_id="r-1")
NOON = shanghai(2020, 9, 12, 12)


def test_a_record_says_who_when_what_and_where(session: Session) -> None:
    with frozen_at(NOON):
        audit.record(
            session,
            CLERK,
            "accounts.organisation.registered",
            "organisation",
            5,
            area_code="441403",
            detail={"kind": "x"},
        )
    session.flush()
    row = session.scalars(select(AuditRecord)).one()
    assert (row.at, row.actor_id, row.action) == (NOON, CLERK.account_id, "accounts.organisation.registered")
    assert (row.subject_kind, row.subject_id, row.area_code) == ("organisation", "5", "441403")
    assert (row.request_id, row.purpose, row.detail) == ("r-1", None, {"kind": "x"})


def test_the_service_itself_has_no_account(session: Session) -> None:
    audit.record(session, system_actor(), "accounts.session.expired", "session", 1)
    session.flush()
    assert session.scalars(select(AuditRecord.actor_id)).all() == [None]


def test_a_use_case_that_fails_leaves_no_record(database: Database) -> None:
    def fail() -> None:
        with transaction() as session:
            audit.record(session, CLERK, "accounts.organisation.registered", "organisation", 5)
            session.flush()
            raise RuntimeError("later step")

    with pytest.raises(RuntimeError):
        fail()
    with transaction() as session:
        assert session.scalars(select(AuditRecord)).all() == []
