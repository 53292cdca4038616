"""Money received for an order."""

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
