"""The organisation in whose name the supervised account (监管账户) is kept: its statements show money that is nobody's of ours.

`SANZHUAN_SUPERVISED_ORGANISATION` names it; in the books what lies in its account has no party.
"""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from marketplace.core.settings import SettingsError
from marketplace.orders.models import SalesOrder
from marketplace.payments.service.collection import mode_of

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


def holder_for(session: Session, order: SalesOrder) -> uuid.UUID | None:
    """In whose account, as the books name it, the money of an order belongs: its producer's, or nobody's when supervised."""
    return None if mode_of(session, order) == "supervised" else order.producer_organisation_id
