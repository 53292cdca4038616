"""Sales made elsewhere, as they stand, and every report that said something of one.

A report's batch and sale and a sale's batch have no foreign key, which looks row by row: triggers of the same name look once a
statement, and batches and sales stay under their keys (migration 0051).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
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
        Index(None, "channel_id", "sold_at"),
        Index(
            "ix_foreign_sale_duplicate_of",
            "duplicate_of",
            postgresql_where=text("state = 'duplicate'"),
        ),
        Index(
            "ix_foreign_sale_transfer",
            "transfer_to",
            "product_id",
            postgresql_where=text("state = 'internal' AND role = 'transfer'"),
        ),
        CheckConstraint(
            "state IN ('waiting', 'counted', 'superseded', 'duplicate', 'internal')", name="state"
        ),
        CheckConstraint("role IN ('purchase', 'brokered', 'transfer', 'input')", name="role"),
        CheckConstraint("sale_fen > 0 AND quantity_milli > 0", name="amounts"),
        CheckConstraint(
            "refunded_fen BETWEEN 0 AND sale_fen AND refunded_milli BETWEEN 0 AND quantity_milli",
            name="refunded",
        ),
        CheckConstraint("state <> 'duplicate' OR duplicate_of IS NOT NULL", name="duplicate"),
        CheckConstraint(
            "booked_fen BETWEEN 0 AND sale_fen AND booked_milli BETWEEN 0 AND quantity_milli", name="booked"
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID]
    order_ref: Mapped[str]
    line_ref: Mapped[str]
    revision: Mapped[int] = mapped_column(SmallInteger, default=1)
    batch_id: Mapped[uuid.UUID]  # of the same channel
    state: Mapped[str] = mapped_column(default="waiting")  # internal: told apart from sales
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
    # The sale, or our own order, that stands in its place; of a superseded revision: that stood.
    duplicate_of: Mapped[uuid.UUID | None]
    role: Mapped[str] = mapped_column(default="purchase")  # of rules.rows.ROLES
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)  # numbers by which it is known again
    transfer_to: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("catalogue.channel.id"))
    booked_fen: Mapped[int] = mapped_column(default=0)  # of an internal row: the part that counts
    booked_milli: Mapped[int] = mapped_column(default=0)

    @property
    def net_fen(self) -> int:
        """What was not given back."""
        return self.sale_fen - self.refunded_fen

    @property
    def net_milli(self) -> int:
        """Thousandths of a unit that did not come back."""
        return self.quantity_milli - self.refunded_milli


class Report(Base):
    """One reported row that was taken. Its natural key and what it said: the same said again adds nothing."""

    __tablename__ = "report"
    __table_args__ = (
        Index(None, "batch_id"),
        Index(None, "sale_id"),
        SCHEMA,
    )
    channel_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_ref: Mapped[str] = mapped_column(primary_key=True)
    line_ref: Mapped[str] = mapped_column(primary_key=True)
    # sale | refund:<ref> | correction:<ref> | state:<digest>
    action_ref: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    batch_id: Mapped[uuid.UUID]  # of the same channel
    row_no: Mapped[int]
    sale_id: Mapped[uuid.UUID]  # a foreign sale
