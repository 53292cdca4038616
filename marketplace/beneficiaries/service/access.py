"""Which household an actor may reach, and what a household's place is."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import Household
from marketplace.core import divisions
from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid, NotFound

EDIT = "beneficiaries.edit"
READ = "beneficiaries.read"


def village(area_code: str) -> str:
    """The village code of a household; Invalid (`village`) for anything above a village."""
    if len(area_code) != 12 or divisions.level_of(area_code) != "village":
        raise Invalid("village", "农户所在地应为12位村(社区)代码", pointer="area_code")
    return area_code


def locked(session: Session, actor: Actor, household_no: int, permission: str) -> Household:
    """The household, locked; NotFound when there is none or the actor may not know of it."""
    household = session.scalars(
        sa.select(Household).where(Household.household_no == household_no).with_for_update()
    ).one_or_none()
    if household is None:
        raise NotFound()
    actor.require_visible(permission, area=household.area_code)
    return household
