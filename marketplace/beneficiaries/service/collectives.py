"""Village collectives (村集体): what they keep stands beside household income."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from marketplace.beneficiaries.models import VillageCollective
from marketplace.beneficiaries.service.access import EDIT, village
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists


def register_collective(
    session: Session,
    actor: Actor,
    *,
    area_code: str,
    name: str,
    organisation_id: uuid.UUID | None = None,
    is_relative_poverty_village: bool = False,
) -> VillageCollective:
    """Register the collective of a village; AlreadyExists (`village_known`): a village has one."""
    actor.require(EDIT, area=village(area_code))
    row = VillageCollective(
        area_code=area_code,
        name=name,
        organisation_id=organisation_id,
        is_relative_poverty_village=is_relative_poverty_village,
        created_at=utcnow(),
    )
    session.add(row)
    with refusing({"uq_village_collective_area_code": AlreadyExists("village_known", "该村已登记村集体")}):
        session.flush()
    audit.record(
        session, actor, "beneficiaries.collective.register", "village_collective", row.id, area_code=area_code
    )
    return row
