"""Which device is kept as a cabinet, and its planograms: what stands in which slot, by version."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class Cabinet(Base):
    """A device whose stock is kept. Its row is the lock of everything that moves that stock."""

    __tablename__ = "cabinet"
    __table_args__ = (Index(None, "channel_id"), SCHEMA)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.device.id"), primary_key=True)
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    since: Mapped[datetime]  # sales before are not moved: nobody knows what stood there
    made_at: Mapped[datetime]


class Planogram(Base):
    """A version of a cabinet's plan, in force from an instant until the next one's. Append-only."""

    __tablename__ = "planogram"
    __table_args__ = (UniqueConstraint("device_id", "version"), SCHEMA)
    id: Mapped[uuid.UUID] = id_column()
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.cabinet.device_id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    from_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    reason: Mapped[str | None]


class PlanogramSlot(Base):
    """A slot of a plan: its goods, how many units it holds, and below how many it is filled up. Append-only."""

    __tablename__ = "planogram_slot"
    __table_args__ = (
        CheckConstraint("capacity > 0 AND par_level BETWEEN 0 AND capacity", name="units"),
        SCHEMA,
    )
    planogram_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.planogram.id"), primary_key=True)
    slot_code: Mapped[str] = mapped_column(primary_key=True)
    goods_key: Mapped[str]
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("producers.product.id"))
    goods_name: Mapped[str]
    listing_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("catalogue.listing.id"))
    capacity: Mapped[int]
    par_level: Mapped[int]
