"""Reading lists and single things of the catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.catalogue.channels import REPORTING_KINDS
from marketplace.catalogue.models import Channel, Listing, Offer, StockItem
from marketplace.catalogue.rules.shown_class import GOODS_CLASS, REASON
from marketplace.catalogue.service.offers import get_offer, owner_of
from marketplace.catalogue.service.quotes import open_on
from marketplace.core.actor import Actor
from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.scope import visible, within_area
from marketplace.producers.models import Producer, Product

CHANNEL_STATES: Final[Mapping[str, str]] = {"open": "营业", "closed": "停业", "planned": "未开业"}
_STATE: Final[Mapping[str, Callable[[date], ColumnElement[bool]]]] = {
    "open": open_on,
    "closed": lambda day: Channel.closed_on <= day,
    "planned": lambda day: and_(
        Channel.opened_on > day, or_(Channel.closed_on.is_(None), Channel.closed_on > day)
    ),
}

_LISTING = sql(f"""
    SELECT l.*, {GOODS_CLASS} AS class_today, {REASON} AS reason_today, s.on_hand > s.reserved AS in_stock
    FROM catalogue.listing l JOIN catalogue.stock_item s ON s.id = l.stock_item_id WHERE l.id = :id
""")  # noqa: S608 - words of ours only


def channels_matching(
    kind: str | None,
    area: str | None,
    parent_id: uuid.UUID | None,
    *,
    operator_id: uuid.UUID | None = None,
    state: str | None = None,
    named: str | None = None,
) -> Select[Any]:
    """Points of sale of that kind, in that area, under that parent; everything is public but the contract's terms.

    `state`: `CHANNEL_STATES`, as of today. `named`: what the name contains or the code begins with.
    """
    statement = select(Channel).where(Channel.kind.not_in([one.code for one in REPORTING_KINDS]))
    if kind is not None:
        statement = statement.where(Channel.kind == kind)
    if area is not None:
        statement = statement.where(within_area(Channel.area_code, area))
    if parent_id is not None:
        statement = statement.where(Channel.parent_id == parent_id)
    if operator_id is not None:
        statement = statement.where(Channel.operator_id == operator_id)
    if state is not None:
        statement = statement.where(_STATE[state](today()))
    if named:
        statement = statement.where(
            Channel.name.contains(named, autoescape=True)
            | Channel.code.startswith(named.upper(), autoescape=True)
        )
    return statement


def with_operator(channels: Select[Any]) -> Select[Any]:
    """The same with the name of who runs each."""
    return channels.outerjoin(Organisation, Organisation.id == Channel.operator_id).add_columns(
        Organisation.name.label("operator_name")
    )


def state_of(channel: Channel, day: date) -> str:
    """The code of CHANNEL_STATES that a point of sale is in on a Shanghai day."""
    if channel.closed_on is not None and channel.closed_on <= day:
        return "closed"
    return "open" if channel.opened_on <= day else "planned"


def goods_on(channel_id: uuid.UUID, *, state: str | None = None) -> Select[Listing, int, int]:
    """Rows (listing, units on hand, units reserved) of a point of sale, unsorted, for a paged list."""
    statement = (
        select(Listing, StockItem.on_hand, StockItem.reserved)
        .join(StockItem, StockItem.id == Listing.stock_item_id)
        .where(Listing.channel_id == channel_id)
    )
    return statement if state is None else statement.where(Listing.state == state)


def goods_counted(session: Session, channel_id: uuid.UUID) -> dict[str, int]:
    """How many listings of a point of sale are in each state."""
    rows = session.execute(
        select(Listing.state, func.count()).where(Listing.channel_id == channel_id).group_by(Listing.state)
    )
    return {row[0]: row[1] for row in rows}


def offers_visible(actor: Actor, product_id: uuid.UUID | None) -> Select[Any]:
    """Offers that `catalogue.offer` or `catalogue.list` reaches."""
    statement = (
        select(Offer)
        .join(Product, Product.id == Offer.product_id)
        .join(Producer, Producer.id == Offer.producer_id)
        .where(visible(actor, "catalogue.offer", area=Product.origin_area, owners=[Producer.organisation_id]))
    )
    return statement if product_id is None else statement.where(Offer.product_id == product_id)


def listing_detail(session: Session, listing_id: uuid.UUID) -> dict[str, Any]:
    """A listing as it stands today, whatever its state; `NotFound`."""
    row = session.execute(_LISTING, {"id": listing_id, "today": today()}).mappings().first()
    if row is None:
        raise NotFound("listing_not_found", "没有这个上架商品")
    return {**row, "goods_class": row["class_today"], "goods_class_reason": row["reason_today"]}


def stock_of(session: Session, actor: Actor, offer_id: uuid.UUID) -> Sequence[Any]:
    """An offer's stock at the places that the actor may look after: all for its seller, a channel's own for its operator."""
    offer = get_offer(session, offer_id)
    owner = owner_of(session, offer)
    reaches_all = actor.may_on("catalogue.list", area=owner.area_code, owners=(owner.organisation_id,))
    statement = (
        select(StockItem.id, StockItem.offer_id, StockItem.channel_id, StockItem.on_hand, StockItem.reserved)
        .outerjoin(Channel, Channel.id == StockItem.channel_id)
        .where(StockItem.offer_id == offer_id)
        .order_by(StockItem.id)
    )
    if not reaches_all:
        statement = statement.where(
            visible(actor, "catalogue.list", area=Channel.area_code, owners=[Channel.operator_id])
        )
    return session.execute(statement).all()
