"""Points of sale, offers, listings with price history, stock with movements."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "catalogue"}
BROWSE_SCOPES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("all", ()),
    ("channel", ("channel_id",)),
    ("kind", ("channel_kind",)),
    ("category", ("category_code",)),
    ("channel_category", ("channel_id", "category_code")),
)


class Channel(Base):
    """A point of sale of one kind: a counter, a hall, a zone, a platform. A hall may hold counters: `parent_id`."""

    __tablename__ = "channel"
    __table_args__ = (
        UniqueConstraint("channel_no"),
        UniqueConstraint("code"),
        Index(None, "area_code"),
        Index(None, "parent_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    channel_no: Mapped[int] = mapped_column(Identity())
    code: Mapped[str]  # short, printed on the cabinet
    kind: Mapped[str]  # code of a channel module
    name: Mapped[str]
    area_code: Mapped[str]
    # hospital, station, campus, service_area, innovation_base, village_outlet …
    site_kind: Mapped[str | None]
    address: Mapped[str | None]
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("catalogue.channel.id"))
    operator_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)  # checked by the kind's schema, e.g. levy_bp
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ChannelPast(Base):
    """What was said of a point of sale before it was amended, for the reports of that time (`core.history`). Append-only."""

    __tablename__ = "channel_past"
    __table_args__ = (Index(None, "channel_id", "until_at"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    name: Mapped[str]
    site_kind: Mapped[str | None]
    until_at: Mapped[datetime]


class Offer(Base):
    """A product as a sellable thing: what its producer asks for one unit."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("offer_no"),
        Index(None, "product_id"),
        CheckConstraint("price_fen > 0", name="price"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    offer_no: Mapped[int] = mapped_column(Identity())
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.product.id"))
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    title: Mapped[str]
    spec: Mapped[str]
    unit: Mapped[str]
    net_weight_g: Mapped[int | None]
    price_fen: Mapped[int]
    tax_treatment: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class StockItem(Base):
    """Units of an offer at one place (a channel, or the producer's own store when `channel_id` is empty)."""

    __tablename__ = "stock_item"
    __table_args__ = (
        UniqueConstraint("offer_id", "channel_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),
        SCHEMA,
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.offer.id"))
    channel_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("catalogue.channel.id"))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)


class StockMovement(Base):
    """Why stock changed: one movement per (order line, kind). Σ on_hand_change = on hand, Σ reserved_change = reserved (L9)."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint("kind IN ('intake', 'reserve', 'release', 'ship', 'restock', 'adjust')", name="kind"),
        Index(
            "uq_stock_movement_line",
            "source_id",
            "kind",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        Index(None, "stock_item_id"),
        SCHEMA,
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    stock_item_id: Mapped[int] = mapped_column(ForeignKey("catalogue.stock_item.id"))
    kind: Mapped[str]
    on_hand_change: Mapped[int] = mapped_column(default=0)
    reserved_change: Mapped[int] = mapped_column(default=0)
    source_id: Mapped[uuid.UUID | None]  # order line, shipment line, return line
    actor_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None]
    at: Mapped[datetime]


class Listing(Base):
    """An offer in a channel. Names, origin and category stand here again so that browsing reads one table."""

    __tablename__ = "listing"
    __table_args__ = (
        UniqueConstraint("listing_no"),
        Index(
            "uq_listing_open",
            "channel_id",
            "offer_id",
            unique=True,
            postgresql_where=text("state <> 'delisted'"),
        ),
        CheckConstraint("price_fen > 0", name="price"),
        CheckConstraint("state IN ('listed', 'paused', 'delisted')", name="state"),
        CheckConstraint("goods_class IN ('certified_aid', 'area_produce', 'ordinary')", name="goods_class"),
        CheckConstraint("uncertified_class IN ('area_produce', 'ordinary')", name="uncertified_class"),
        CheckConstraint(
            "(goods_class = 'certified_aid') = (certificate_id IS NOT NULL AND aid_until IS NOT NULL)",
            name="certificate",
        ),
        Index(None, "offer_id"),
        Index(None, "product_id"),
        Index(
            "ix_listing_price_group", "price_group_id", postgresql_where=text("price_group_id IS NOT NULL")
        ),
        Index("ix_listing_turns_on", "turns_on", postgresql_where=text("state <> 'delisted'")),
        # Browsing: an index for each scope and sort order, so that a page is read in order; only what is listed stands in
        # them. The origin at the end is judged inside the index, without a visit to the row.
        *(
            Index(
                f"ix_listing_{scope}_{order}",
                *leading,
                column,
                "id",
                "origin_area",
                postgresql_where=text("state = 'listed'"),
            )
            for scope, leading in BROWSE_SCOPES
            for order, column in (("price", "price_fen"), ("new", "listed_at"), ("name", "title"))
        ),
        Index("ix_listing_origin", "origin_area", "id", postgresql_where=text("state = 'listed'")),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    listing_no: Mapped[int] = mapped_column(Identity())
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    channel_kind: Mapped[str]
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.offer.id"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.product.id"))
    producer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("producers.producer.id"))
    stock_item_id: Mapped[int] = mapped_column(ForeignKey("catalogue.stock_item.id"))
    title: Mapped[str]
    producer_name: Mapped[str]
    spec: Mapped[str]
    unit: Mapped[str]
    category_code: Mapped[str]
    origin_area: Mapped[str]
    price_fen: Mapped[int]
    price_per_500g_fen: Mapped[int | None]
    price_group_id: Mapped[uuid.UUID | None]  # 同步同价: listings that share one price
    goods_class: Mapped[str]  # as listed; decided again when sold
    goods_class_reason: Mapped[str | None]
    uncertified_class: Mapped[str]  # what it is called when the certificate has ended
    certificate_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("certification.certificate.id"))
    aid_until: Mapped[date | None]  # last day of that certificate; dates decide, no job does
    turns_on: Mapped[date | None]  # the next day on which a certificate of the product begins or has ended
    state: Mapped[str] = mapped_column(default="listed")
    state_reason: Mapped[str | None]  # why it is paused or delisted: a code, or the words of who did it
    row_version: Mapped[int] = mapped_column(default=1)
    listed_at: Mapped[datetime]
    delisted_at: Mapped[datetime | None]


class PriceChange(Base):
    """Every price a listing had, from when, who set it."""

    __tablename__ = "price_change"
    __table_args__ = (
        Index(None, "listing_id", "from_at"),
        CheckConstraint("price_fen > 0", name="price"),
        SCHEMA,
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    listing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.listing.id"))
    price_fen: Mapped[int]
    from_at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None]
