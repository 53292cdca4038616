"""Who acts, and what that person may do to which thing: role × area × owner, refused by default.

Authority has three parts. A role brings permissions (`accounts/permissions.py` is the table); a grant holds the role
over an area (``000000`` the whole country, ``441400`` a city, ``441403101`` a town) and, where it names an
organisation, only over what that organisation owns. A route declares the permission; the use case asks again
with the thing's area and owners, because only it knows them:

    actor.require("certification.county_decide", area=application.area_code)
    actor.require("orders.read", area=order.area_code, owners=(order.buyer_id, order.producer_organisation_id))

`core.scope.visible` turns the same grants into a condition for lists. Nothing here knows the roles of the trade.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from marketplace.core.errors import Forbidden, NotFound

WHOLE_COUNTRY: Final = "000000"
_AREA: Final = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")
_SYSTEM_ID: Final = uuid.UUID(int=0)


def area_prefix(area_code: str) -> str:
    """The digits that every area inside shares: 440000 → 44, 441400 → 4414, 441403101000 → 441403101.

    Raises ValueError for what is no area code of 6, 9 or 12 digits.
    """
    if _AREA.fullmatch(area_code) is None:
        raise ValueError("an area code has 6, 9 or 12 digits")
    county, below = area_code[:6], area_code[6:]
    if below.strip("0"):
        return county + re.sub(r"(?:000)+$", "", below)
    return re.sub(r"(?:00)+$", "", county)


@dataclass(frozen=True)
class Held:
    """One grant with the permissions of its role resolved."""

    role: str
    permissions: frozenset[str]
    area_code: str = WHOLE_COUNTRY
    organisation_id: uuid.UUID | None = None

    def covers(self, area: str | None, owners: Iterable[uuid.UUID | None]) -> bool:
        """Whether a thing of that area and those owners is inside. No area is inside the whole country only."""
        prefix = area_prefix(self.area_code)
        in_area = not prefix or (area is not None and area.startswith(prefix))
        return in_area and (self.organisation_id is None or self.organisation_id in tuple(owners))


@dataclass(frozen=True)
class Actor:
    """A signed-in account with its person and grants. Four-eyes rules compare `person_id`, never accounts."""

    account_id: uuid.UUID
    person_id: uuid.UUID
    organisation_id: uuid.UUID | None = None
    held: tuple[Held, ...] = ()
    opened_by_unit: bool = False  # 先货后款 only for accounts that a unit opened
    request_id: str | None = field(default=None, compare=False)
    is_system: bool = False

    @property
    def audit_id(self) -> uuid.UUID | None:
        """What the audit trail keeps: the account, None for the system itself."""
        return None if self.is_system else self.account_id

    @property
    def roles(self) -> tuple[str, ...]:
        """Codes of the roles held, in ascending order, each once."""
        return tuple(sorted({held.role for held in self.held}))

    def holding(self, permission: str) -> tuple[Held, ...]:
        """The grants that bring the permission."""
        return tuple(held for held in self.held if permission in held.permissions)

    def may(self, permission: str) -> bool:
        """Whether any grant brings the permission, wherever: what a route asks before it knows the thing."""
        return self.is_system or bool(self.holding(permission))

    def may_on(self, permission: str, *, area: str | None, owners: Iterable[uuid.UUID | None] = ()) -> bool:
        """Whether the permission reaches a thing of that area (None: of no area) and those owners."""
        owned = tuple(owners)
        return self.is_system or any(held.covers(area, owned) for held in self.holding(permission))

    def require(self, permission: str, *, area: str | None, owners: Iterable[uuid.UUID | None] = ()) -> None:
        """Raise Forbidden (403) unless the permission reaches the thing."""
        if not self.may_on(permission, area=area, owners=owners):
            raise Forbidden(
                "role" if not self.may(permission) else "out_of_scope",
                "您的角色没有此项权限" if not self.may(permission) else "不在您的管辖范围内",
                permission=permission,
            )

    def require_visible(
        self, permission: str, *, area: str | None, owners: Iterable[uuid.UUID | None] = ()
    ) -> None:
        """Raise NotFound (404) unless the permission reaches the thing: who may not see it may not know of it."""
        if not self.may_on(permission, area=area, owners=owners):
            raise NotFound

    def require_other_person(self, *persons: uuid.UUID | None, what: str) -> None:
        """Raise Forbidden (`same_person`) when this person already acted in the case under any account.

        `what` says in Chinese what the two are, e.g. 经办与审核. The system cannot stand for a second pair of eyes.
        """
        if self.is_system or self.person_id in persons:
            raise Forbidden("same_person", f"{what}不能是同一人")

    def require_other_organisation(self, *organisations: uuid.UUID | None) -> None:
        """Raise Forbidden (`own_organisation`) when this person's organisation is one of them."""
        mine = {self.organisation_id, *(held.organisation_id for held in self.held)} - {None}
        if mine & set(organisations):
            raise Forbidden("own_organisation", "不能审核本单位的事项")


def system_actor() -> Actor:
    """The service itself, for jobs: every permission, no person, no second pair of eyes."""
    return Actor(account_id=_SYSTEM_ID, person_id=_SYSTEM_ID, is_system=True)
