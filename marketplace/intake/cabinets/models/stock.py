"""The stock of cabinets: movements, their balance per goods, and what does not add up."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class CabinetMovement(Base):
    """Why the stock of a cabinet changed, and when it did. Append-only; Σ change_milli per goods is the balance.

    A sale that was said wrongly is withdrawn at its own instant; `shrinkage` is what a count (`about_no`) differs by, and
    what late reports explain of it is another row.
    """

    __tablename__ = "cabinet_movement"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('restock', 'refund', 'sale', 'sale_withdrawn', 'order_out', 'order_back', 'recall', 'count',"
            " 'shrinkage')",
            name="kind",
        ),
        CheckConstraint("(kind = 'count') = (counted IS NOT NULL)", name="counted"),
        CheckConstraint("(kind = 'shrinkage') = (about_no IS NOT NULL)", name="about"),
        CheckConstraint(
            "CASE WHEN kind IN ('restock', 'refund', 'sale_withdrawn', 'order_back') THEN change_milli > 0"
            " WHEN kind IN ('sale', 'order_out', 'recall') THEN change_milli < 0"
            " WHEN kind = 'count' THEN change_milli = 0 ELSE change_milli <> 0 END",
            name="change",
        ),
        Index(
            "uq_cabinet_movement_source",
            "source_id",
            "kind",
            "goods_key",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        Index(None, "device_id", "goods_key", "at"),
        Index(None, "about_no", postgresql_where=text("about_no IS NOT NULL")),
        SCHEMA,
    )
    movement_no: Mapped[int] = mapped_column(Identity(), primary_key=True)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.cabinet.device_id"))
    goods_key: Mapped[str]
    kind: Mapped[str]
    change_milli: Mapped[int]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    slot_code: Mapped[str | None]
    lot_no: Mapped[str | None]
    expires_on: Mapped[date | None]
    counted: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # thousandths by slot
    about_no: Mapped[int | None] = mapped_column(ForeignKey("intake.cabinet_movement.movement_no"))
    source_id: Mapped[uuid.UUID | None]  # sale, refund, task, count, shipment line …: moved once
    actor_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None]


class CabinetStock(Base):
    """The balance of goods in a device, and the state of the fold that comes to it."""

    __tablename__ = "cabinet_stock"
    __table_args__ = (Index(None, "product_id"), SCHEMA)
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.cabinet.device_id"), primary_key=True)
    goods_key: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[uuid.UUID | None]
    goods_name: Mapped[str]
    on_hand_milli: Mapped[int] = mapped_column(default=0)
    shelf: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CabinetFinding(Base):
    """What cannot be true of a cabinet's stock, with both figures. It is explained by later reports, or closed by a person."""

    __tablename__ = "cabinet_finding"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("device_id", "goods_key", "kind", "key"),
        Index(None, "channel_id", "state"),
        CheckConstraint("kind IN ('oversold', 'expired_sold', 'over_promised')", name="kind"),
        CheckConstraint("state IN ('open', 'explained', 'closed')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.cabinet.device_id"))
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    goods_key: Mapped[str]
    goods_name: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str]  # tells those of one kind apart: the instant, or the lot
    since: Mapped[datetime]
    there_milli: Mapped[int]
    sold_milli: Mapped[int]
    slot_code: Mapped[str | None]
    lot_no: Mapped[str | None]
    expires_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default="open")
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[uuid.UUID | None]
    opinion: Mapped[str | None]
