"""Money given back. Rows are written before anything outside is asked."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "payments"}


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
