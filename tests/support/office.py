"""People of a buying organisation with accounts of their own: who asks, who reviews, who pays, who manages."""

from __future__ import annotations

import itertools
import uuid
from datetime import date

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, OrganisationPlace
from marketplace.accounts.service import grants, identity, people
from marketplace.core.actor import Actor, system_actor
from tests.orders_world import NOON

_numbers = itertools.count(1)


def clerk(
    session: Session, role: str, organisation_id: uuid.UUID, person_id: uuid.UUID | None = None
) -> Actor:
    """Somebody of an organisation with one role and an account that its unit opened."""
    system = system_actor()
    if person_id is None:
        person_id = people.add_person(session, system, role).id
    account = people.open_account(
        session,
        system,
        person_id,
        f"office{next(_numbers)}",
        organisation_id=organisation_id,
        opened_by_unit=True,
    ).account
    grants.grant(session, system, account.id, role, organisation_id=organisation_id)
    actor = identity.actor_of_id(session, account.id)
    assert actor is not None
    return actor


def placed_under(session: Session, child: Organisation, parent: Organisation | None) -> None:
    """Put an organisation into the tree from the first of January 2020 on."""
    above = "" if parent is None else f"{parent.organisation_no}."
    session.add(
        OrganisationPlace(
            organisation_id=child.id,
            organisation_no=child.organisation_no,
            parent_id=None if parent is None else parent.id,
            path=f"{above}{child.organisation_no}",
            valid=Range(date(2020, 1, 1), None),
            reason="演示",
            created_at=NOON,
        )
    )
    session.flush()


def unit(session: Session, name: str, kind: str = "budget_unit") -> Organisation:
    """Another organisation of 越秀."""
    row = Organisation(
        kind=kind, name=name, area_code="440104", fiscal_area="440100", fiscal_tier="city_level",
        is_demo=True, created_at=NOON,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row
