"""What a role or a pairing reaches, as conditions over the slices' tables.

A role reaches what an actor with that one grant would see; a pairing the sales that froze its helper, of goods from the helped
area, and the agreements of that area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false

from marketplace.accounts import permissions
from marketplace.accounts.models import Account, Grant
from marketplace.beneficiaries.models import Agreement
from marketplace.core.actor import Actor
from marketplace.core.pairings import Pairing
from marketplace.core.scope import visible, within_area
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.reading import seen_by
from marketplace.producers.models import Producer


@dataclass(frozen=True)
class Scope:
    """`actor` is the holder with the one role, `pairing` what two areas have; one of them."""

    actor: Actor | None = None
    pairing: Pairing | None = None

    def may(self, *wanted: str) -> bool:
        """Whether the role brings one of the permissions."""
        return self.actor is not None and any(self.actor.may(one) for one in wanted)

    def reaches(self, permission: str, *, area: Any, owners: Sequence[Any] = ()) -> ColumnElement[bool]:
        """Rows that the role reaches by the permission; none of a pairing."""
        return false() if self.actor is None else visible(self.actor, permission, area=area, owners=owners)

    def orders(self) -> ColumnElement[bool]:
        """Orders in reach; a pairing's are those that name its helper and come from the helped area."""
        if self.pairing is not None:
            return and_(
                within_area(SalesOrder.helper_area, self.pairing.helper),
                within_area(SalesOrder.producer_area, self.pairing.helped),
            )
        return false() if self.actor is None else seen_by(self.actor)

    def agreements(self) -> ColumnElement[bool]:
        """Agreements in reach, joined to their producer (`Producer`)."""
        if self.pairing is not None:
            return within_area(Agreement.area_code, self.pairing.helped)
        return self.reaches("agreements.read", area=Agreement.area_code, owners=(Producer.organisation_id,))


def scope_of_grant(held: Grant, account: Account) -> Scope:
    """What the role of a grant reaches."""
    role = permissions.held(held.role, held.area_code, held.organisation_id)
    return Scope(actor=Actor(account.id, account.person_id, account.organisation_id, (role,)))
