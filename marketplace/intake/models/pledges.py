"""Amounts that were signed, intended or pledged, and the sales that came of them. Nothing of the ledger reads these tables."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column
from marketplace.intake.models.channels import SCHEMA


class Pledge(Base):
    """One signing: at what event, who to whom, how much. It ends by lapsing or, entered in error, by withdrawal."""

    __tablename__ = "pledge"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "origin_area", "signed_on"),
        Index(None, "buyer_area", "signed_on"),
        CheckConstraint("kind IN ('signed', 'intended', 'pledged')", name="kind"),
        CheckConstraint("state IN ('standing', 'lapsed', 'withdrawn')", name="state"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(state = 'standing') = (ended_at IS NULL)", name="ended"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    kind: Mapped[str]
    event: Mapped[str]
    buyer_name: Mapped[str]
    buyer_uscc: Mapped[str | None]
    buyer_area: Mapped[str]
    seller_name: Mapped[str]
    seller_uscc: Mapped[str | None]
    origin_area: Mapped[str]
    goods: Mapped[str | None]
    amount_fen: Mapped[int]
    signed_on: Mapped[date]
    valid_until: Mapped[date | None]
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core.stored_file.id"))
    state: Mapped[str] = mapped_column(default="standing")
    registered_by: Mapped[uuid.UUID | None]
    registered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    opinion: Mapped[str | None]  # why it ended
    is_demo: Mapped[bool] = mapped_column(default=False)


class PledgeSale(Base):
    """A sold line that came of a pledge. A line comes of one pledge at most; what it is worth is asked of the sale itself."""

    __tablename__ = "pledge_sale"
    __table_args__ = (
        Index(None, "pledge_id"),
        CheckConstraint("source IN ('order', 'intake')", name="source"),
        SCHEMA,
    )
    line_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # of an order, or a foreign sale
    pledge_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("intake.pledge.id"))
    source: Mapped[str]
    named_by: Mapped[uuid.UUID | None]
    named_at: Mapped[datetime]
