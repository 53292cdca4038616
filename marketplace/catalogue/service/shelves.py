"""What stands on the shelves of a seller: listings with their place and stock, and those that run low."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from marketplace.catalogue.models import Channel, Listing, StockItem
from marketplace.catalogue.service.queries import channels_matching
from marketplace.catalogue.service.quotes import open_on
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible
from marketplace.producers.models import Producer

#: So many points of sale stand in one form.
MOST_PLACES: Final = 300
#: Fewer free units than this are few (docs/rules.md, "Stock").
FEW_UNITS: Final = 10

LISTING_TITLES: Final = {"listed": "在售", "paused": "已暂停", "delisted": "已下架"}
GOODS_CLASS_TITLES: Final = {
    "certified_aid": "认定产品",
    "area_produce": "脱贫地区产品",
    "ordinary": "普通商品",
}
_FREE: Final[ColumnElement[int]] = StockItem.on_hand - StockItem.reserved


def shelves_of(
    actor: Actor,
    *,
    state: str | None = None,
    few: bool = False,
    product_id: uuid.UUID | None = None,
) -> Select[Listing, str, int, int]:
    """Rows (listing, name of its place, units on hand, units reserved) that `catalogue.list` reaches; `few`: running low."""
    statement: Select[Listing, str, int, int] = _reached(
        select(Listing, Channel.name, StockItem.on_hand, StockItem.reserved), actor
    )
    if state is not None:
        statement = statement.where(Listing.state == state)
    if few:
        statement = statement.where(Listing.state == "listed", _FREE < FEW_UNITS)
    if product_id is not None:
        statement = statement.where(Listing.product_id == product_id)
    return statement


def shelf_of(session: Session, actor: Actor, listing_id: uuid.UUID) -> tuple[Listing, str, int, int]:
    """One row of `shelves_of`; NotFound for a listing that the actor does not look after."""
    row = session.execute(shelves_of(actor).where(Listing.id == listing_id)).one_or_none()
    if row is None:
        raise NotFound("listing_not_found", "没有这个上架商品")
    return row[0], row[1], row[2], row[3]


def open_places(session: Session, day: date) -> Sequence[Channel]:
    """Points of sale that are open on a Shanghai day and take listings, by name; at most MOST_PLACES."""
    statement = channels_matching(None, None, None).where(open_on(day))
    return session.scalars(statement.order_by(Channel.name, Channel.channel_no).limit(MOST_PLACES)).all()


def count_few(session: Session, actor: Actor) -> int:
    """How many open listings run low."""
    statement: Select[int] = _reached(select(func.count()), actor)
    return session.scalar(statement.where(Listing.state == "listed", _FREE < FEW_UNITS)) or 0


def _reached(statement: Any, actor: Actor) -> Any:
    return (
        statement.select_from(Listing)
        .join(Channel, Channel.id == Listing.channel_id)
        .join(Producer, Producer.id == Listing.producer_id)
        .join(StockItem, StockItem.id == Listing.stock_item_id)
        .where(
            visible(
                actor,
                "catalogue.list",
                area=Channel.area_code,
                owners=[Channel.operator_id, Producer.organisation_id],
            )
        )
    )
