"""Three quotes (询价): what is asked, of whom, sealed quotes, and the award."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "orders"}


class PriceInquiry(Base):
    """What an organisation asks several suppliers to quote for until a deadline."""

    __tablename__ = "price_inquiry"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("inquiry_no"),
        Index(None, "buyer_id"),
        CheckConstraint("state IN ('open', 'opened', 'awarded', 'cancelled')", name="state"),
        CheckConstraint("opened_at IS NULL OR opened_at >= deadline", name="opened"),
        CheckConstraint("(state = 'awarded') = (awarded_to IS NOT NULL)", name="awarded"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    inquiry_no: Mapped[int] = mapped_column(Identity())
    number: Mapped[str]
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    buyer_area: Mapped[str]
    title: Mapped[str]
    deliver_by: Mapped[date]
    deadline: Mapped[datetime]
    fewer_reason: Mapped[str | None]  # why fewer than three are asked
    state: Mapped[str]
    asked_by: Mapped[uuid.UUID]
    asked_at: Mapped[datetime]
    opened_by: Mapped[uuid.UUID | None]
    opened_at: Mapped[datetime | None]
    awarded_to: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("accounts.organisation.id"))
    award_reason: Mapped[str | None]
    awarded_by: Mapped[uuid.UUID | None]
    awarded_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]


class PriceInquiryItem(Base):
    """A thing that is asked for, in words; whole units."""

    __tablename__ = "price_inquiry_item"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"), SCHEMA)
    inquiry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.price_inquiry.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str]
    spec: Mapped[str | None]
    unit: Mapped[str]
    quantity: Mapped[int]


class PriceInquirySupplier(Base):
    """Who is asked."""

    __tablename__ = "price_inquiry_supplier"
    __table_args__ = (Index(None, "organisation_id"), SCHEMA)
    inquiry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.price_inquiry.id"), primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("accounts.organisation.id"), primary_key=True
    )
    name: Mapped[str]


class PriceQuote(Base):
    """A supplier's quote, sealed as a cell: the table says who sent one and when, never what it says."""

    __tablename__ = "price_quote"
    __table_args__ = (
        UniqueConstraint("inquiry_id", "organisation_id", "version"),
        Index(
            "uq_price_quote_standing",
            "inquiry_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    inquiry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.price_inquiry.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    quote_enc: Mapped[bytes]
    sent_by: Mapped[uuid.UUID]
    sent_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # withdrawn, or replaced by the next version
