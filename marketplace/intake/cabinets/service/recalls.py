"""Recalls of a lot or of all of a product, by an operator for its own cabinets or by officials for their area."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.models import Channel
from marketplace.core import audit
from marketplace.core.actor import WHOLE_COUNTRY, Actor, area_prefix
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ids import readable_number, uuid7
from marketplace.core.scope import visible
from marketplace.intake.cabinets.models import Cabinet, CabinetStock, GoodsRecall
from marketplace.producers.models import Product

PERMISSION = "intake.recall"


def recall(
    session: Session,
    actor: Actor,
    product_id: uuid.UUID,
    lot_no: str | None,
    *,
    reason: str,
    document_no: str | None = None,
    area: str | None = None,
) -> GoodsRecall:
    """Recall in all cabinets of `area`, or, without one, in those of the actor's own organisation.

    Tasks follow by the periodic work; from now on the goods are not brought there any more. Invalid (``product_not_found``).
    """
    operator = None if area is not None or actor.organisation_id is None else actor.organisation_id
    own = None if operator is None else session.get_one(Organisation, operator)
    reach = area or (WHOLE_COUNTRY if own is None else own.area_code)
    actor.require(PERMISSION, area=reach, owners=() if operator is None else (operator,))
    if session.get(Product, product_id) is None:
        raise Invalid("product_not_found", "没有这个产品", pointer="/product_id")
    made = GoodsRecall(
        id=uuid7(),
        number=readable_number("H"),
        product_id=product_id,
        lot_no=lot_no,
        reason=reason,
        document_no=document_no,
        area_code=reach,
        operator_id=operator,
        made_by=actor.audit_id,
        made_at=utcnow(),
    )
    session.add(made)
    session.flush()
    _record(session, actor, "made", made)
    return made


def lift(session: Session, actor: Actor, number: str) -> GoodsRecall:
    """The goods may be brought again. NotFound; Conflict (``recall_lifted``) a second time."""
    found = session.scalars(
        select(GoodsRecall).where(GoodsRecall.number == number).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("recall_not_found", "没有这次召回")
    owners = () if found.operator_id is None else (found.operator_id,)
    actor.require_visible(PERMISSION, area=found.area_code, owners=owners)
    if found.lifted_at is not None:
        raise Conflict("recall_lifted", "该召回已解除")
    found.lifted_at, found.lifted_by = utcnow(), actor.audit_id
    session.flush()
    _record(session, actor, "lifted", found)
    return found


def recalls_of(session: Session, channel: Channel) -> Sequence[GoodsRecall]:
    """The recalls in force that reach the channel."""
    rows = session.scalars(
        select(GoodsRecall)
        .where(
            GoodsRecall.lifted_at.is_(None),
            or_(GoodsRecall.operator_id.is_(None), GoodsRecall.operator_id == channel.operator_id),
        )
        .order_by(GoodsRecall.made_at, GoodsRecall.id)
    )
    return [
        one
        for one in rows
        if one.operator_id is not None or channel.area_code.startswith(area_prefix(one.area_code))
    ]


def recalls_seen(actor: Actor) -> Select[Any]:
    """Recalls that the actor may see, unsorted, for a paged list."""
    return select(GoodsRecall).where(
        visible(actor, PERMISSION, area=GoodsRecall.area_code, owners=[GoodsRecall.operator_id])
    )


def goods_in_reach(session: Session, actor: Actor, most: int) -> Sequence[Product]:
    """Products that are kept in the cabinets that the actor's recalls reach, by name, at most so many."""
    kept = (
        select(CabinetStock.product_id)
        .join(Cabinet, Cabinet.device_id == CabinetStock.device_id)
        .join(Channel, Channel.id == Cabinet.channel_id)
        .where(visible(actor, PERMISSION, area=Channel.area_code, owners=[Channel.operator_id]))
    )
    return session.scalars(
        select(Product).where(Product.id.in_(kept)).order_by(Product.name, Product.spec).limit(most)
    ).all()


def _record(session: Session, actor: Actor, what: str, one: GoodsRecall) -> None:
    audit.record(
        session,
        actor,
        f"intake.recall.{what}",
        "goods_recall",
        one.number,
        area_code=one.area_code,
        detail={"product_id": str(one.product_id), "lot_no": one.lot_no},
    )
