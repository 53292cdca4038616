"""Sales made elsewhere, as they stand, and every report that said something of one."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class ForeignSale(Base):
    """A line sold elsewhere; its id is the line's in the ledger. A correction ends it and begins another revision."""

    __tablename__ = "foreign_sale"
    __table_args__ = (
        UniqueConstraint("channel_id", "order_ref", "line_ref", "revision"),
        Index(
            "ix_foreign_sale_waiting",
            "channel_id",
            "sold_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint("state IN ('waiting', 'counted', 'superseded', 'duplicate')", name="state"),
        CheckConstraint("sale_fen > 0 AND quantity_milli > 0", name="amounts"),
        CheckConstraint(
            "refunded_fen BETWEEN 0 AND sale_fen AND refunded_milli BETWEEN 0 AND quantity_milli",
            name="refunded",
        ),
        CheckConstraint("(state = 'duplicate') = (duplicate_of IS NOT NULL)", name="duplicate"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    order_ref: Mapped[str]
    line_ref: Mapped[str]
    revision: Mapped[int] = mapped_column(SmallInteger, default=1)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.batch.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    counting_policy: Mapped[str]
    facts: Mapped[list[str]] = mapped_column(ARRAY(Text))  # of orders.counting that have happened
    product_id: Mapped[uuid.UUID]
    sale_fen: Mapped[int]
    quantity_milli: Mapped[int]
    weight_g: Mapped[int | None]
    refunded_fen: Mapped[int] = mapped_column(default=0)
    refunded_milli: Mapped[int] = mapped_column(default=0)
    sold_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    frozen: Mapped[dict[str, Any]]  # every other dimension of the ledger, as of sold_at
    particulars: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # fair, room, host …: rules.rows.PARTICULARS
    duplicate_of: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("intake.foreign_sale.id"))


class Report(Base):
    """One reported row that was taken. Its natural key and what it said: the same said again adds nothing."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("channel_id", "order_ref", "line_ref", "action_ref"),
        Index(None, "batch_id"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    order_ref: Mapped[str]
    line_ref: Mapped[str]
    action_ref: Mapped[str]  # sale | refund:<ref> | correction:<ref> | state:<digest>
    digest: Mapped[bytes]
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.batch.id"))
    row_no: Mapped[int]
    sale_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.foreign_sale.id"))
