"""Money received for an order."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, id_column

SCHEMA = {"schema": "payments"}


class Payment(Base):
    """So much for one order. What came over a bank is a part of a receipt (`receipt_id`), maybe by a balance of the buyer."""

    __tablename__ = "payment"
    __table_args__ = (
        # Of a gateway: the same payment is booked once. Of a bank the receipt sees to it.
        Index(
            "uq_payment_method_reference",
            "method",
            "reference",
            unique=True,
            postgresql_where=text("receipt_id IS NULL"),
        ),
        Index(None, "order_id"),
        Index(None, "receipt_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("currency = 'CNY'", name="currency"),
        CheckConstraint("state IN ('recorded', 'reversed')", name="state"),
        CheckConstraint("(state = 'reversed') = (reversed_at IS NOT NULL)", name="reversal"),
        SCHEMA,
    )
    id: Mapped[uuid.UUID] = id_column()
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.sales_order.id"))
    method: Mapped[str]  # of rules.kinds; gateways add theirs
    reference: Mapped[str]  # the bank's own number of the line
    payer_name: Mapped[str]
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default="CNY")
    state: Mapped[str] = mapped_column(default="recorded")
    paid_at: Mapped[datetime]  # when the money arrived
    recorded_by: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
    receipt_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.receipt.id"))
    balance_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payments.buyer_balance.id"))
    reversed_by: Mapped[uuid.UUID | None]
    reversed_at: Mapped[datetime | None]
    reversal_reason: Mapped[str | None]
