"""Into which account the money of an order belongs: by default its producer's own.

The supervised account (监管账户) is the registered bank account of one organisation, which the setting
`SANZHUAN_SUPERVISED_ORGANISATION` names; what lies in it belongs to nobody of ours (party None in the books).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Literal

from sqlalchemy.orm import Session

from marketplace.core.settings import SettingsError
from marketplace.orders.models import SalesOrder

Mode = Literal["direct", "supervised"]
_supervised: list[uuid.UUID] = []


def install(organisation_id: str) -> None:
    """Name the organisation whose account is the supervised one; empty for none. SettingsError for what is no id."""
    _supervised.clear()
    if organisation_id:
        try:
            _supervised.append(uuid.UUID(organisation_id))
        except ValueError as error:
            raise SettingsError(
                "SANZHUAN_SUPERVISED_ORGANISATION must be the id of an organisation"
            ) from error


def supervised_organisation() -> uuid.UUID | None:
    """The organisation whose account is the supervised one; None where none is configured."""
    return _supervised[0] if _supervised else None


def holder_of(organisation_id: uuid.UUID) -> uuid.UUID | None:
    """Whose money in the books the account of an organisation holds: its own, or nobody's for the supervised one."""
    return None if organisation_id in _supervised else organisation_id


def mode_of(session: Session, order: SalesOrder) -> Mode:
    """How the money of an order is collected."""
    return "direct"


def supervised_among(session: Session, order_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of the orders whose money belongs into the supervised account."""
    return frozenset()


def payee_of(session: Session, order: SalesOrder) -> uuid.UUID | None:
    """The organisation into whose account an order is to be paid; None when that is the supervised one and there is none."""
    if mode_of(session, order) == "supervised":
        return supervised_organisation()
    return order.producer_organisation_id
