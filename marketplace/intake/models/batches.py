"""What was sent, and what became of each row that was not simply accepted."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class Batch(Base):
    """Rows of one device, whole: its bytes, what its manifest says, and what came of it."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("device_id", "sequence"),
        # For what belongs to a batch and so to its channel: one key tells both, and that they agree (migration 0051).
        UniqueConstraint("id", "channel_id"),
        Index(None, "channel_id", "received_at"),
        # What is to be read next is found among few, however much was read before.
        Index("ix_batch_received", "channel_id", "received_at", postgresql_where=text("state = 'received'")),
        # The same rows handed in by people twice, or by two at once, are one batch.
        Index(
            "uq_batch_by_hand",
            "device_id",
            "digest",
            unique=True,
            postgresql_where=text("key_version IS NULL"),
        ),
        CheckConstraint("state IN ('received', 'done', 'refused')", name="state"),
        CheckConstraint("row_count > 0 AND sequence > 0", name="counts"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.device.id"))
    sequence: Mapped[int]
    adapter: Mapped[str]
    format: Mapped[str]  # jsonl | csv | table
    digest: Mapped[bytes]  # SHA-256 of the rows as they were sent, unpacked
    content: Mapped[bytes]  # packed: gzip as it was sent, or zlib
    row_count: Mapped[int]  # as the manifest says
    total_fen: Mapped[int]  # Σ of the amounts of sale rows, as the manifest says
    key_version: Mapped[int | None] = mapped_column(SmallInteger)  # None: handed in by a person
    received_by: Mapped[uuid.UUID | None]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="received")
    refusal: Mapped[str | None]  # why nothing of it was taken
    done_at: Mapped[datetime | None]
    accepted: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)
    corrected: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    passed_over: Mapped[int] = mapped_column(default=0)  # orders that are no sale yet, or no more


class RowOutcome(Base):
    """A row that was not simply accepted: seen before, mending another, or kept apart with its reason."""

    __tablename__ = "row_outcome"
    __table_args__ = (
        UniqueConstraint("batch_id", "row_no", "attempt"),
        Index(
            "ix_row_outcome_open",
            "channel_id",
            "order_ref",
            postgresql_where=text("outcome = 'quarantined' AND settled_at IS NULL"),
        ),
        CheckConstraint(
            "outcome IN ('duplicate', 'corrected', 'quarantined', 'passed_over')", name="outcome"
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.batch.id"))
    channel_id: Mapped[uuid.UUID]
    row_no: Mapped[int]
    attempt: Mapped[int] = mapped_column(SmallInteger, default=1)  # 1: as sent; more: mended by people
    outcome: Mapped[str]
    reason: Mapped[str | None]
    field: Mapped[str | None]
    order_ref: Mapped[str | None]
    record: Mapped[dict[str, Any] | None]  # of a quarantined row: what it said
    settled_at: Mapped[datetime | None]  # when a quarantined row was taken after all, or dropped by a person
    settled_how: Mapped[str | None]  # retried | mended | dropped
    settled_by: Mapped[uuid.UUID | None]
    opinion: Mapped[str | None]
