"""Photos of what arrived: attached by the buyer to an acceptance or a return; looked at by the two sides, overseers and auditors.

They are kept as they were taken, byte for byte: their hash is what both sides can later compare.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import refusing
from marketplace.core.errors import AlreadyExists, Forbidden, Invalid, NotFound
from marketplace.core.ids import uuid7
from marketplace.core.models import StoredFile
from marketplace.core.photos import TYPES, check_photo
from marketplace.orders.models import OrderPhoto, OrderReturn, SalesOrder
from marketplace.orders.service.reading import may_on, owners

MOST_PHOTOS: Final = 6
_POINTER: Final = "/photo_file_ids"
_REFUSALS: Final = {"uq_order_photo_file_id": AlreadyExists("photo_used", "照片已附在别的单据上")}
#: Who looks without being a side: whoever watches over the area of either side, and auditors.
_OVERSEEING: Final = ("oversight.read", "audit.read")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo with the number of the return that it was attached to; None: to the acceptance."""

    file: StoredFile
    return_number: str | None
    added_at: datetime


def attach_photos(
    session: Session,
    actor: Actor,
    order: SalesOrder,
    file_ids: Sequence[uuid.UUID],
    back: OrderReturn | None = None,
) -> None:
    """Attach files that the buyer has uploaded to the acceptance of a locked order, or to its return `back`.

    Invalid (`too_many_photos`, `photo_unknown` for a file of somebody else, `photo_type` for anything but JPEG, PNG and WebP),
    TooLarge (`photo_too_large`), AlreadyExists (`photo_used`).
    """
    wanted = list(dict.fromkeys(file_ids))
    if len(wanted) > MOST_PHOTOS:
        raise Invalid("too_many_photos", f"照片最多 {MOST_PHOTOS} 张", pointer=_POINTER)
    found = {one.id: one for one in session.scalars(select(StoredFile).where(StoredFile.id.in_(wanted)))}
    for file_id in wanted:
        _require_photo(actor, order, found.get(file_id))
    with refusing(_REFUSALS):
        session.add_all(
            OrderPhoto(
                id=uuid7(),
                order_id=order.id,
                return_id=back.id if back else None,
                file_id=file_id,
                added_by=actor.audit_id,
                added_at=utcnow(),
            )
            for file_id in wanted
        )
        session.flush()


def photos_of(session: Session, order: SalesOrder) -> list[Photo]:
    """The photos of an order in the order in which they were attached; the caller has found that the actor may see it."""
    rows = session.execute(
        select(StoredFile, OrderReturn.number, OrderPhoto.added_at)
        .join(OrderPhoto, OrderPhoto.file_id == StoredFile.id)
        .outerjoin(OrderReturn, OrderReturn.id == OrderPhoto.return_id)
        .where(OrderPhoto.order_id == order.id)
        .order_by(OrderPhoto.added_at, StoredFile.id)
    )
    return [Photo(file, number, at) for file, number, at in rows]


def photos_seen(session: Session, actor: Actor, number: str) -> list[Photo]:
    """As `photos_of`, for whoever may look at them."""
    return photos_of(session, _order_for(session, actor, number))


def read_photo(session: Session, actor: Actor, number: str, file_id: uuid.UUID) -> tuple[str, bytes]:
    """Format (a key of `formats.MEDIA_TYPES`) and bytes of a photo; the look is recorded.

    NotFound for who may not know of the order or a photo that it does not have, Forbidden (`photos_of_sides`) for who reads the
    order and is neither side, nor overseer, nor auditor.
    """
    order = _order_for(session, actor, number)
    found = next((one.file for one in photos_of(session, order) if one.file.id == file_id), None)
    if found is None:
        raise NotFound
    return TYPES[found.media_type], files.hand_out(session, actor, file_id, area_code=order.buyer_area)


def may_look(actor: Actor, order: SalesOrder) -> bool:
    """Whether the actor reads for one of the two sides, watches over the area of one, or audits."""
    sides = set(owners(order)) - {None}
    is_side = any(held.organisation_id in sides for held in actor.holding("orders.read"))
    return actor.is_system or is_side or any(may_on(actor, code, order) for code in _OVERSEEING)


def _order_for(session: Session, actor: Actor, number: str) -> SalesOrder:
    order = session.scalars(select(SalesOrder).where(SalesOrder.number == number)).one_or_none()
    if order is not None and may_look(actor, order):
        return order
    if order is None or not may_on(actor, "orders.read", order):
        raise NotFound("order_not_found", "没有这个订单")
    raise Forbidden("photos_of_sides", "照片仅供交易双方和监督、审计人员查看")


def _require_photo(actor: Actor, order: SalesOrder, file: StoredFile | None) -> None:
    is_own = file is not None and (
        file.uploaded_by == actor.audit_id or file.owner_organisation_id == order.buyer_id
    )
    # What is restricted is sealed and handed out otherwise, what expires would leave the record without its photo.
    if file is None or not is_own or file.file_class != "internal" or file.delete_after is not None:
        raise Invalid("photo_unknown", "没有这张照片,或不是本单位上传的", pointer=_POINTER)
    check_photo(file.media_type, file.size_bytes, _POINTER)
