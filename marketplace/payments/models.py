"""Money received for an order and money given back. Rows are written before anything outside is asked."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "payments"}


class Payment(Base):
    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("method", "reference"),
        Index(None, "order_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("currency = 'CNY'", name="currency"),
        CheckConstraint("state IN ('recorded', 'reversed')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    method: Mapped[str]  # bank_transfer; gateways add theirs
    reference: Mapped[str]  # the bank's own number of the line: the same receipt is never booked twice
    payer_name: Mapped[str]
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default="CNY")
    state: Mapped[str] = mapped_column(default="recorded")
    paid_at: Mapped[datetime]  # when the money arrived
    recorded_by: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]


class Refund(Base):
    """Money on its way back. It reverses sales only when confirmed returned, in that month."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("return_id"),
        Index(None, "order_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('requested', 'approved', 'confirmed', 'refused')", name="state"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[str]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    payment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.payment.id"))
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.order_return.id"))
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="requested")
    reference: Mapped[str | None]
    requested_by: Mapped[uuid.UUID | None]
    requested_by_person: Mapped[uuid.UUID | None]
    requested_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    confirmed_at: Mapped[datetime | None]
