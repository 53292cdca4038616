"""One login per role, with a password that can be said aloud: these are for looking at the demo, never for anything else.

Beside them stand the second and third persons of a county, a city and a province, as 经办, 审核 and 签发 are never one: with
these a declaration and a bulletin can be played from beginning to end.

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
from marketplace.demo.world import deals

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
#: Name → (role, what the person does, area): who is needed besides one of each role.
_BESIDE: Final = {
    "county_reviewer": ("county_officer", "县级审核(第二人)", "441403"),
    "county_issuer": ("issuer", "县级签发", "441403"),
    "city_statistician": ("statistician", "市级统计(经办)", "441400"),
    "province_issuer": ("issuer", "省级签发", "440000"),
}
_OPENED: Final = date(2020, 12, 31)


@dataclass(frozen=True, slots=True)
class Login:
    """What is printed: what the person is, login name, password and the area that it covers; `role` is the code of its role."""

    title: str
    login: str
    password: str
    area: str
    role: str


def logins() -> tuple[Login, ...]:
    """Return the login of every role, in the order of the roles, then those of the further persons."""
    of_roles = [(role.code, role.code, role.title_zh, _AREAS.get(role.code, WHOLE_COUNTRY)) for role in ROLES]
    beside = [(name, role, title, area) for name, (role, title, area) in _BESIDE.items()]
    return tuple(
        Login(title, f"demo.{name}", f"Yanshi-2020-{number:02d}", area, role)
        for number, (name, role, title, area) in enumerate([*of_roles, *beside], start=1)
    )


def build(demo: Demo) -> None:
    """Open every account; owner roles belong to a producer, a budget unit, a citizen and an operator, others to their office."""
    passwords.use_cost(time_cost=1, memory_kib=64)
    system = system_actor()
    organisations = _organisations(demo)
    with on(_OPENED, 23) as session:
        for one in logins():
            held_for = organisations.get(one.role)
            person = people.add_person(session, system, f"{one.title}({MARK})")
            opened = people.open_account(
                session,
                system,
                person.id,
                one.login,
                organisation_id=held_for or demo.organisations.get(f"office|{one.area}"),
                opened_by_unit=one.role == "buyer",
            )
            grants.grant(session, system, opened.account.id, one.role, one.area, held_for)
            actor = identity.actor_of_account(session, one.login)
            if actor is None:
                raise RuntimeError(f"{one.login} was opened and is not there")
            people.change_own_password(session, actor, opened.password, one.password)
            demo.tick(1)


def _organisations(demo: Demo) -> dict[str, uuid.UUID]:
    """The organisation for which each owner role is held."""
    producer = deals.seller(demo.world.producers).key
    return {
        "producer": demo.organisations[producer],
        "producer_finance": demo.organisations[producer],
        "buyer": demo.organisations[deals.UNIT],
        "buyer_reviewer": demo.organisations[deals.UNIT],
        "buyer_finance": demo.organisations[deals.UNIT],
        "buyer_manager": demo.organisations[deals.UNIT],
        "citizen": demo.organisations["buyer|440100|5"],
        "channel_operator": demo.organisations["broker|440100"],
    }
