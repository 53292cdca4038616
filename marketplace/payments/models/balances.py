"""What a buyer paid too much and left, and money on its way back to who paid it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "payments"}


class BuyerBalance(Base):
    """So much of a receipt is the buyer's and stays with the holder; `open_fen` of it can be used or given back."""

    __tablename__ = "buyer_balance"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "buyer_id"),
        Index(None, "receipt_id"),
        CheckConstraint("amount_fen > 0 AND open_fen BETWEEN 0 AND amount_fen", name="amounts"),
        CheckConstraint("state IN ('kept', 'released')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    buyer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.organisation.id"))
    holder_id: Mapped[uuid.UUID | None]
    holder_area: Mapped[str]
    receipt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.receipt.id"))
    amount_fen: Mapped[int]
    open_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="kept")
    recorded_by: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class Repayment(Base):
    """Money that goes back to who paid it: asked for by one person, confirmed by another when the bank has done it."""

    __tablename__ = "repayment"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("holder_id", "reference"),
        Index(None, "receipt_id"),
        Index(None, "balance_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('requested', 'confirmed', 'withdrawn')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    receipt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.receipt.id"))
    balance_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.buyer_balance.id"))
    holder_id: Mapped[uuid.UUID | None]
    holder_area: Mapped[str]
    amount_fen: Mapped[int]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="requested")
    reference: Mapped[str | None]  # the bank's number of the outgoing transfer
    requested_by: Mapped[uuid.UUID | None]
    requested_by_person: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
