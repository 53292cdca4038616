"""Accounts that hold roles, for tests of handovers: a county's officer, a second one, and who grants roles."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.models import Grant
from marketplace.accounts.service import grants, identity, people
from marketplace.core.actor import Actor, system_actor
from marketplace.oversight.handover import service
from marketplace.oversight.handover.models import Handover

COUNTY = "441403"
_numbers = itertools.count(1)


@dataclass
class Post:
    """An account with one role: its actor and its grant."""

    actor: Actor
    grant: Grant

    @property
    def is_held(self) -> bool:
        return self.grant.ended_at is None


def post(
    session: Session,
    role: str = "county_officer",
    area: str = COUNTY,
    owner: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
) -> Post:
    """A new account (of a new person unless one is given) that holds a role."""
    login = f"post-{next(_numbers)}"
    person = person_id or people.add_person(session, system_actor(), login).id
    account = people.open_account(session, system_actor(), person, login, organisation_id=owner).account
    granted = grants.grant(session, system_actor(), account.id, role, area, owner)
    actor = identity.actor_of_account(session, login)
    assert actor is not None
    return Post(actor, granted)


@dataclass
class Office:
    """Who leaves, who comes, and who grants roles over the province."""

    session: Session
    leaving: Post
    coming: Post
    security: Actor

    def ask(self, actor: Actor | None = None) -> Handover:
        return service.ask_for_role(
            self.session, actor or self.security, self.leaving.grant.id, self.coming.actor.account_id, "轮岗"
        )


def open_office(session: Session) -> Office:
    return Office(session, post(session), post(session), post(session, "security_admin", "440000").actor)
