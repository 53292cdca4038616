"""What lower instances feed: who they are, their counted entries in chain order, their sealed months (docs/adr/0024)."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA

_SOURCE = "intake.upward_source.id"


class UpwardSource(Base):
    """An instance whose entries are fed here, by itself or passed on by another, and how far its chain is held."""

    __tablename__ = "upward_source"
    __table_args__ = (
        UniqueConstraint("source"),
        UniqueConstraint("device_id"),
        CheckConstraint("position >= 0", name="position"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    source: Mapped[str]  # the instance's own code, its area first: 441400; also the device's code
    area_code: Mapped[str]  # points of sale of which it is the source, shortest form
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.device.id"))
    position: Mapped[int]  # of the newest entry held; 0 before the first
    hash: Mapped[bytes]  # of the feed up to there
    registered_by: Mapped[uuid.UUID | None]
    registered_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]  # nothing of it counts any more: another source took its place


class UpwardSigner(Base):
    """A public key with which a source seals its months."""

    __tablename__ = "upward_signer"
    __table_args__ = (UniqueConstraint("source_id", "public_key"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_SOURCE))
    public_key: Mapped[bytes]
    registered_by: Mapped[uuid.UUID | None]
    registered_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class UpwardEntry(Base):
    """A counted entry of another instance's ledger, as it was fed. Append-only.

    One that the source is not the source of is `withheld`, with its position and hash alone: the chain has no gaps.
    """

    __tablename__ = "upward_entry"
    __table_args__ = (
        Index(None, "source_id", "period"),
        CheckConstraint("(withheld IS NULL) = (sale_fen IS NOT NULL)", name="withheld"),
        SCHEMA,
    )
    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_SOURCE), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # in the source's chain
    entry_hash: Mapped[bytes]  # of the source's own ledger, to be asked for there
    hash: Mapped[bytes]  # of the feed
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.batch.id"))
    withheld: Mapped[str | None]
    kind: Mapped[str | None]
    sale_fen: Mapped[int | None]
    quantity_milli: Mapped[int | None]
    weight_g: Mapped[int | None]
    benefit_fen: Mapped[int | None]
    linkage_mode: Mapped[str | None]
    goods_class: Mapped[str | None]
    scheme: Mapped[str | None]
    schemes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    category_code: Mapped[str | None]
    product_name: Mapped[str | None]  # of certified goods, as the catalogue publishes it
    producer_name: Mapped[str | None]  # the same; never a natural person's
    producer_kind: Mapped[str | None]
    origin_area: Mapped[str | None]  # county, like the areas below
    channel_kind: Mapped[str | None]
    channel_area: Mapped[str | None]
    buyer_kind: Mapped[str | None]
    buyer_area: Mapped[str | None]
    buyer_sector: Mapped[str | None]
    participation_mode: Mapped[str | None]
    purchase_kind: Mapped[str | None]
    fund_source: Mapped[str | None]
    helper_area: Mapped[str | None]
    reserve_year: Mapped[int | None] = mapped_column(SmallInteger)
    counted_on: Mapped[date | None]  # Shanghai day
    sold_period: Mapped[str | None]
    period: Mapped[str | None]
    adjusts_period: Mapped[str | None]


class UpwardTotal(Base):
    """A month that a source sealed, as versions; the highest holds. Append-only: the bytes, and who signed them."""

    __tablename__ = "upward_total"
    __table_args__ = (UniqueConstraint("source_id", "period", "version"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_SOURCE))
    period: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.batch.id"))
    content: Mapped[bytes]  # canonical JSON
    public_key: Mapped[bytes]
    signature: Mapped[bytes]
    received_at: Mapped[datetime]
