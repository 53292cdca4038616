"""Delivery addresses of an organisation: sealed, masked in lists, one of them the default."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.core import audit, divisions
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.locked import locked_row
from marketplace.core.privacy import Cell, mask_name, mask_phone, vault
from marketplace.core.scope import visible
from marketplace.orders.buying.models import DeliveryAddress

MOST: Final = 100
_AREA: Final = func.coalesce(Organisation.fiscal_area, Organisation.area_code)


def seal(table: str, column: str, row_id: uuid.UUID, deliver_to: Mapping[str, Any]) -> bytes:
    """Personal values as one cell, as an order keeps its own."""
    text = orjson.dumps(dict(deliver_to), option=orjson.OPT_SORT_KEYS).decode()
    return vault().encrypt(Cell(table, column, row_id), text)


def unseal(table: str, column: str, row_id: uuid.UUID, token: bytes | None) -> dict[str, Any]:
    """What `seal` made; empty for an empty cell."""
    if token is None:
        return {}
    found: dict[str, Any] = orjson.loads(vault().decrypt(Cell(table, column, row_id), token))
    return found


def add(
    session: Session,
    actor: Actor,
    organisation_id: uuid.UUID,
    label: str,
    deliver_to: Mapping[str, str],
    *,
    is_default: bool = False,
) -> DeliveryAddress:
    """Add an address (`deliver_to`: area, name, telephone, address); the first one is the default.

    NotFound for somebody else's organisation, Invalid (`unknown_division`), Conflict (`addresses_full` at 100).
    """
    _organisation(session, actor, organisation_id)
    lock_exclusive(session, "orders.addresses", str(organisation_id))
    count = session.scalar(select(func.count()).select_from(DeliveryAddress).where(*_live(organisation_id)))
    if (count or 0) >= MOST:
        raise Conflict("addresses_full", f"收货地址最多 {MOST} 个", most=MOST)
    row_id = uuid7()
    row = DeliveryAddress(
        id=row_id,
        organisation_id=organisation_id,
        label=label,
        area_code=divisions.get(deliver_to["area"]).code,
        deliver_to_enc=_sealed(row_id, deliver_to),
        created_by=actor.audit_id,
        created_at=utcnow(),
        row_version=1,
    )
    session.add(row)
    session.flush()
    if is_default or not count:
        _make_default(session, row)
    audit.record(session, actor, "orders.address.added", "delivery_address", row.id)
    return row


def edit(
    session: Session,
    actor: Actor,
    row: DeliveryAddress,
    *,
    label: str,
    deliver_to: Mapping[str, str],
) -> DeliveryAddress:
    """Write a locked address anew; orders keep the one that they were placed with. Invalid (`unknown_division`)."""
    row.label = label
    row.area_code = divisions.get(deliver_to["area"]).code
    row.deliver_to_enc = _sealed(row.id, deliver_to)
    row.row_version += 1
    session.flush()
    audit.record(session, actor, "orders.address.edited", "delivery_address", row.id)
    return row


def make_default(session: Session, actor: Actor, address_id: uuid.UUID) -> DeliveryAddress:
    """Make it the one that is offered first."""
    found = session.get(DeliveryAddress, address_id)
    if found is None:
        raise NotFound
    # Before any row: two who choose at once wait for each other here.
    lock_exclusive(session, "orders.addresses", str(found.organisation_id))
    row = locked(session, actor, address_id)
    _make_default(session, row)
    return row


def remove(session: Session, actor: Actor, address_id: uuid.UUID) -> None:
    """Remove an address; its personal values are deleted at once."""
    row = locked(session, actor, address_id)
    row.deliver_to_enc, row.removed_at, row.is_default = None, utcnow(), False
    session.flush()
    audit.record(session, actor, "orders.address.removed", "delivery_address", row.id)


def listing(actor: Actor, organisation_id: uuid.UUID | None = None) -> Select[DeliveryAddress]:
    """The addresses of the organisations that the actor buys for, unsorted, for a paged list; show them by `masked`."""
    statement = (
        select(DeliveryAddress)
        .join(Organisation, Organisation.id == DeliveryAddress.organisation_id)
        .where(
            DeliveryAddress.removed_at.is_(None),
            visible(actor, "orders.place", area=_AREA, owners=(DeliveryAddress.organisation_id,)),
        )
    )
    if organisation_id is not None:
        statement = statement.where(DeliveryAddress.organisation_id == organisation_id)
    return statement


def masked(row: DeliveryAddress) -> dict[str, Any]:
    """The row as a list shows it: 张*, 138****1234, no street."""
    found = unseal("orders.delivery_address", "deliver_to_enc", row.id, row.deliver_to_enc)
    return {
        "id": row.id,
        "organisation_id": row.organisation_id,
        "label": row.label,
        "area": row.area_code,
        "name": mask_name(found.get("name", "")),
        "telephone": mask_phone(found.get("telephone", "")),
        "is_default": row.is_default,
        "row_version": row.row_version,
    }


def reveal(session: Session, actor: Actor, address_id: uuid.UUID, purpose: str) -> dict[str, str]:
    """Area, name, telephone and street in full, for who buys for the organisation; the look is recorded."""
    row = locked(session, actor, address_id)
    audit.record(session, actor, "orders.address.read", "delivery_address", row.id, purpose=purpose)
    return unseal("orders.delivery_address", "deliver_to_enc", row.id, row.deliver_to_enc)


def deliver_to(session: Session, actor: Actor, address_id: uuid.UUID, buyer_id: uuid.UUID) -> dict[str, str]:
    """The address for an order of `buyer_id`; NotFound when it is none of that organisation's."""
    row = locked(session, actor, address_id)
    if row.organisation_id != buyer_id:
        raise NotFound
    return unseal("orders.delivery_address", "deliver_to_enc", row.id, row.deliver_to_enc)


def _sealed(row_id: uuid.UUID, deliver_to: Mapping[str, str]) -> bytes:
    return seal("orders.delivery_address", "deliver_to_enc", row_id, deliver_to)


def _live(organisation_id: uuid.UUID) -> tuple[Any, ...]:
    return (DeliveryAddress.organisation_id == organisation_id, DeliveryAddress.removed_at.is_(None))


def _make_default(session: Session, row: DeliveryAddress) -> None:
    session.execute(
        update(DeliveryAddress)
        .where(*_live(row.organisation_id), DeliveryAddress.is_default, DeliveryAddress.id != row.id)
        .values(is_default=False)
    )
    row.is_default = True
    session.flush()


def _organisation(session: Session, actor: Actor, organisation_id: uuid.UUID) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound
    actor.require_visible("orders.place", area=found.fiscal_area or found.area_code, owners=(found.id,))
    return found


def locked(session: Session, actor: Actor, address_id: uuid.UUID) -> DeliveryAddress:
    """The address, locked until the end of the transaction; NotFound for none that the actor's organisations keep."""
    row = locked_row(
        session,
        select(DeliveryAddress).where(DeliveryAddress.id == address_id, DeliveryAddress.removed_at.is_(None)),
    )
    _organisation(session, actor, row.organisation_id)
    return row
