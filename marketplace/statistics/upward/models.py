"""The sending side: how far each feed is, its batches as bytes, what is reported elsewhere, months with their confirmations."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "statistics"}
_FEED = "statistics.upward_feed.source"


class UpwardFeed(Base):
    """One source's way upward. What the upper instance holds is what it answered last, never what we sent."""

    __tablename__ = "upward_feed"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'stopped')", name="state"),
        CheckConstraint("(state = 'stopped') = (reason IS NOT NULL)", name="reason"),
        SCHEMA,
    )
    source: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="running")
    reason: Mapped[str | None]  # why it stopped: people must look
    position: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]  # when its newest batch was made
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)  # failed calls in a row
    last_error: Mapped[str | None]


class UpwardBatch(Base):
    """A batch as it was made and is sent until the upper instance holds it: always the same bytes."""

    __tablename__ = "upward_batch"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'held', 'void')", name="state"),
        CheckConstraint("(total_id IS NULL) = (to_position IS NOT NULL)", name="what"),
        Index(
            "uq_upward_batch_from_position",
            "source",
            "from_position",
            unique=True,
            postgresql_where=text("state <> 'void'"),
        ),
        Index(
            "uq_upward_batch_total_id",
            "source",
            "total_id",
            unique=True,
            postgresql_where=text("state <> 'void'"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    source: Mapped[str] = mapped_column(ForeignKey(_FEED))
    sequence: Mapped[int]
    from_position: Mapped[int | None]  # none for a sealed month
    to_position: Mapped[int | None]
    hash: Mapped[bytes | None]  # of the feed after its last entry
    total_id: Mapped[uuid.UUID | None]  # of the sealed month: ours, or one that is passed on
    rows: Mapped[int]
    total_fen: Mapped[int]
    content: Mapped[bytes]  # JSON lines, gzip: the body
    digest: Mapped[bytes]  # SHA-256 of the lines
    state: Mapped[str] = mapped_column(default="open")
    receipt: Mapped[str | None]  # number of the upper instance's receipt
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]


class UpwardExclusion(Base):
    """Sales of a point of sale that the upper instance has from another source, by the day of sale; none of them is fed."""

    __tablename__ = "upward_exclusion"
    __table_args__ = (
        CheckConstraint("until_day > from_day", name="days"),
        Index(
            "uq_upward_exclusion_running",
            "channel_id",
            unique=True,
            postgresql_where=text("until_day IS NULL"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    channel_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("catalogue.channel.id"))
    from_day: Mapped[date]
    until_day: Mapped[date | None]
    reason: Mapped[str]
    made_by: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]


class MonthTotal(Base):
    """A month's total as a version: drawn up, confirmed by each county, sealed. Sealed or returned, it never changes."""

    __tablename__ = "upward_total"
    __table_args__ = (
        UniqueConstraint("source", "period", "version"),
        CheckConstraint("state IN ('drafted', 'sealed', 'returned')", name="state"),
        CheckConstraint("(state = 'sealed') = (signature IS NOT NULL)", name="signed"),
        CheckConstraint("sealed_by_person <> drafted_by_person", name="two_persons"),
        CheckConstraint("(version > 1) = (reason IS NOT NULL)", name="reason"),
        Index(
            "uq_upward_total_open",
            "source",
            "period",
            unique=True,
            postgresql_where=text("state = 'drafted'"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    source: Mapped[str]
    period: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(default="drafted")
    reason: Mapped[str | None]  # why this version follows another
    content: Mapped[bytes]  # canonical JSON: what is confirmed, signed and sent
    digest: Mapped[bytes]
    drafted_by_person: Mapped[uuid.UUID]
    drafted_at: Mapped[datetime]
    sealed_by_person: Mapped[uuid.UUID | None]
    sealed_at: Mapped[datetime | None]
    key_version: Mapped[int | None] = mapped_column(SmallInteger)
    public_key: Mapped[bytes | None]
    signature: Mapped[bytes | None]


class CountyConfirmation(Base):
    """A county's word on its part of a month's total, by two persons of its own."""

    __tablename__ = "upward_confirmation"
    __table_args__ = (
        UniqueConstraint("total_id", "area_code"),
        CheckConstraint("state IN ('pending', 'handled', 'confirmed', 'returned')", name="state"),
        CheckConstraint("confirmed_by_person <> handled_by_person", name="two_persons"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    total_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("statistics.upward_total.id"))
    area_code: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    handled_by_person: Mapped[uuid.UUID | None]
    handled_at: Mapped[datetime | None]
    confirmed_by_person: Mapped[uuid.UUID | None]
    confirmed_at: Mapped[datetime | None]
    opinion: Mapped[str | None]


class UpwardView(Base):
    """What the upper instance said it holds of a month, when it was asked last; `wanted_at` while it is to be asked."""

    __tablename__ = "upward_view"
    __table_args__ = (SCHEMA,)
    source: Mapped[str] = mapped_column(ForeignKey(_FEED), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    wanted_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any] | None]
