"""One login per role, with a password that can be said aloud: these are for looking at the demo, never for anything else.

Passwords are kept with the cheapest hash, as everybody can read them below anyway.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.accounts import passwords
from marketplace.accounts.permissions import ROLES
from marketplace.accounts.service import grants, identity, people
from marketplace.core.actor import WHOLE_COUNTRY, system_actor
from marketplace.demo.context import Demo, on
from marketplace.demo.invented.draw import MARK

#: Where a role of kind ``area`` looks from; the rest see the whole country.
_AREAS: Final = {
    "township_reviewer": "441403",
    "sector_reviewer": "441403",
    "county_officer": "441403",
    "city_officer": "441400",
    "issuer": "441400",
    "province_officer": "440000",
    "finance_supervisor": "440100",
    "statistician": "440000",
}
_OPENED: Final = date(2020, 12, 31)


@dataclass(frozen=True, slots=True)
class Login:
    """What is printed: role, login name, password and the area that it covers."""

    title: str
    login: str
    password: str
    area: str


def logins() -> tuple[Login, ...]:
    """Return the login of every role, in the order of the roles."""
    return tuple(
        Login(
            role.title_zh,
            f"demo.{role.code}",
            f"Yanshi-2020-{number:02d}",
            _AREAS.get(role.code, WHOLE_COUNTRY),
        )
        for number, role in enumerate(ROLES, start=1)
    )


def build(demo: Demo) -> None:
    """Open the account of every role; owner roles belong to a producer, a budget unit, a citizen and an operator."""
    passwords.use_cost(time_cost=1, memory_kib=64)
    system = system_actor()
    organisations = _organisations(demo)
    with on(_OPENED, 23) as session:
        for role, one in zip(ROLES, logins(), strict=True):
            home = organisations.get(role.code)
            person = people.add_person(session, system, f"{role.title_zh}({MARK})")
            opened = people.open_account(
                session,
                system,
                person.id,
                one.login,
                organisation_id=home,
                opened_by_unit=role.code == "buyer",
            )
            grants.grant(session, system, opened.account.id, role.code, one.area, home)
            actor = identity.actor_of_account(session, one.login)
            if actor is None:
                raise RuntimeError(f"{one.login} was opened and is not there")
            people.change_own_password(session, actor, opened.password, one.password)
    demo.tick(len(ROLES))


def _organisations(demo: Demo) -> dict[str, uuid.UUID]:
    """The organisation for which each owner role is held."""
    producer = next(one.key for one in demo.world.producers if one.county == "441403" and one.products)
    return {
        "producer": demo.organisations[producer],
        "producer_finance": demo.organisations[producer],
        "buyer": demo.organisations["buyer|440100|0"],
        "citizen": demo.organisations["buyer|440100|5"],
        "channel_operator": demo.organisations["broker|440100"],
    }
