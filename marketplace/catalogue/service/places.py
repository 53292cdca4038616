"""Changing stock by hand: arrivals and stock-taking at a place, by whoever looks after it."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from marketplace.catalogue.channels import channel_kind
from marketplace.catalogue.models import StockItem
from marketplace.catalogue.service import stock
from marketplace.catalogue.service.channels import get_channel
from marketplace.catalogue.service.listings import stock_item_id
from marketplace.catalogue.service.offers import get_offer, owner_of
from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.errors import Conflict, Invalid


def move_by_hand(
    session: Session,
    actor: Actor,
    offer_id: uuid.UUID,
    channel_id: uuid.UUID | None,
    kind: str,
    quantity: int,
    reason: str | None,
) -> StockItem:
    """Intake or adjustment of an offer's units at a point of sale, or in the producer's store (`channel_id` None).

    Asks `catalogue.list` for the channel's operator or the seller, or over the area. `Conflict` ``holds_no_stock`` for a kind of
    channel that sends from the producer's store; `Invalid` ``reason_missing`` for an adjustment that does not say why.
    """
    offer = get_offer(session, offer_id)
    owner = owner_of(session, offer)
    area, owners = owner.area_code, [owner.organisation_id]
    if channel_id is not None:
        channel = get_channel(session, channel_id)
        if not channel_kind(channel.kind).holds_stock:
            raise Conflict(
                "holds_no_stock", f"{channel_kind(channel.kind).title_zh}由生产主体直接发货，不设库存"
            )
        area = channel.area_code
        if channel.operator_id is not None:
            owners.append(channel.operator_id)
    actor.require("catalogue.list", area=area, owners=owners)
    if kind == "adjust" and not reason:
        raise Invalid("reason_missing", "盘点调整须写明原因", pointer="/reason")
    item_id = stock_item_id(session, offer_id, channel_id)
    units = [stock.Units(item_id, quantity)]
    if kind == "adjust":
        stock.adjust(session, units, utcnow(), actor.audit_id, reason or "")
    else:
        stock.take_in(session, units, utcnow(), actor.audit_id, reason)
    audit.record(
        session,
        actor,
        f"catalogue.stock.{kind}",
        "stock_item",
        item_id,
        area_code=area,
        detail={"quantity": quantity, "reason": reason},
    )
    return session.get_one(StockItem, item_id, populate_existing=True)
